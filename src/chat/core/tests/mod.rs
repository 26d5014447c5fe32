//! Tests of the core alone, with thousands of random events. Most rules of the core are tested in
//! `chat_rule/tests/`, inside the whole chat: only the whole chat shows what a client is sent at
//! the end. Those tests use `chance.rs` and `inside.rs`, too.
//!
//! Owns: texts that tests turn into values.
//!
//! Part: `chat/core/mod.rs`.

pub(crate) mod chance;
pub(crate) mod inside;
mod twins;

use crate::chat::name::Name;
use crate::chat::token::Token;

pub(crate) fn token(number: u8) -> Token {
    Token::parse(&format!("{number:032x}")).unwrap()
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}
