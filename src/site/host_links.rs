//! The operator's way to make a host: a link, which the control socket gives.
//!
//! Runs on thread `control`.
//! Blocks on: the hub's inbox, and on the hub's answer, a second at most.
//! Owns: the command, and the form of its answer.
//! Must not know: who becomes a host, and what a host may do.
//!
//! Part: `site/mod.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::chat::answer::{Answer, ToVisitor};
use crate::chat::core::{CameFrom, Newcomer, Visit, VisitPurpose, Visitor};
use crate::chat::request::TokenSource;
use crate::chat::token::Token;
use crate::chat_rule::delivery::register_visitor;
use crate::formats::Format;
use crate::html::address::of_host_link;
use crate::server::client::ClientIds;
use crate::server::hub::HubHandle;

/// The command of the control socket.
pub const HOST: &str = "host";
/// How long the hub may take to make the link.
const LINK_WAIT: Duration = Duration::from_secs(1);
/// How many answers of the hub may wait: the link alone.
const TOLD_MAX: usize = 4;

/// The answer to the command.
#[derive(Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct HostLinkAnswer {
    /// `http` or `https`: how browsers reach the server.
    pub scheme: String,
    /// The path of the link on the server, such as `/host?code=1f…`; `None`: there is no link.
    pub path: Option<String>,
    /// Why there is no link.
    pub error: Option<String>,
}

/// Makes links for the operator.
#[derive(Debug)]
pub(super) struct HostLinkMaker {
    pub(super) hub: HubHandle<Format>,
    pub(super) ids: Arc<ClientIds>,
    pub(super) scheme: &'static str,
}

impl HostLinkMaker {
    /// Makes a link, and returns the answer as JSON in one line.
    pub(super) fn answer(&self) -> String {
        let path = self.make().map(|link| of_host_link(&link));
        let error = path.is_none().then(|| "the server is too busy; try again".to_owned());
        let answer = HostLinkAnswer { scheme: self.scheme.to_owned(), path, error };
        serde_json::to_string(&answer).unwrap_or_default()
    }

    fn make(&self) -> Option<Token> {
        let visit = Visit {
            who: Visitor::Operator(Token::new().ok()?),
            is_admitted: true,
            position: None,
            purpose: VisitPurpose::Page,
            fresh: None,
            is_shown: false,
            source: TokenSource::Stored,
            says: None,
        };
        let newcomer = Newcomer::Visitor(Box::new(visit));
        let (client, nowhere) = (self.ids.next_visitor(), CameFrom::default());
        let until = Instant::now() + LINK_WAIT;
        let (_registered, answers) =
            register_visitor(&self.hub, client, newcomer, nowhere, TOLD_MAX).ok()?;
        while let Ok(told) = answers.recv_deadline(until) {
            if let ToVisitor::Answer(answer) = told
                && let Answer::DeviceLink(link) = *answer
            {
                return link;
            }
        }
        None
    }
}
