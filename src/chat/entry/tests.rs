//! Epochs and ids of messages: what they read and write.

use super::{Epoch, MessageId};
use crate::base::limits::MESSAGE_ID_BYTES_MAX;

#[test]
fn an_epoch_reads_what_it_wrote_and_nothing_else() {
    let epoch = Epoch(0x00c0_ffee);
    assert_eq!(Epoch::parse(&epoch.to_string()), Some(epoch));
    assert_eq!(Epoch::parse("c0ffee"), None);
    assert_eq!(Epoch::parse("+000000000c0ffee"), None);
}

#[test]
fn an_id_is_plain_ascii_and_not_long() {
    assert_eq!(MessageId::parse("a-1").as_ref().map(MessageId::as_str), Some("a-1"));
    assert!(MessageId::parse(&"x".repeat(MESSAGE_ID_BYTES_MAX)).is_some());
    assert!(MessageId::parse(&"x".repeat(MESSAGE_ID_BYTES_MAX + 1)).is_none());
    assert!(MessageId::parse("").is_none());
    assert!(MessageId::parse("a b").is_none());
    assert!(MessageId::parse("ü").is_none());
}
