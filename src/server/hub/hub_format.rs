//! The interface of a format (what a client speaks), as far as the hub needs to know it.
//!
//! Owns: the types that a reader and the rule exchange through the hub, and how a client is told
//! that it ends.
//! Must not know: any format, any rule; how texts are read (`server/client/client_format.rs`).
//!
//! Part: `server/hub/mod.rs`.

use std::fmt::Debug;

use crate::base::disconnect::Disconnect;
use crate::server::outbox::Frame;

/// The half of a format that the hub uses. None of its functions blocks.
pub trait HubFormat: Copy + Debug + PartialEq + Send + Sync + 'static {
    /// What the rule must know about a client that wants to become a member.
    type Newcomer: Send;
    /// A request that a client may send to the rule.
    type Request: Send;

    /// Returns whether the client receives a file. If its connection ends normally, the client
    /// believes that the file is complete.
    fn is_file(self) -> bool {
        false
    }

    /// Returns whether the server must break off (with a reset) a connection that ends for this
    /// reason, so that half of a file does not look like the whole file.
    fn is_cut_by(self, _reason: Disconnect) -> bool {
        false
    }

    /// Returns a message that the hub pushes before the frame of [`close`](Self::close), when the
    /// hub ends a client that is no slow consumer. `None`: the format has no such message for this
    /// reason.
    fn bye(self, _reason: Disconnect) -> Option<Frame> {
        None
    }

    /// Returns the last frame for a client that ends for this reason.
    fn close(self, reason: Disconnect) -> Frame {
        Frame::close(reason.close_code())
    }
}
