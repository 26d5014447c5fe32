//! What tests may see inside the chat.
//!
//! Part: `chat_rule/mod.rs`.

use super::Chat;
use crate::chat::core::Core;
use crate::chat_rule::delivery::Delivery;
use crate::chat_rule::persist::Persist;
use crate::chat_rule::progress::clients::WelcomedClients;
use crate::chat_rule::progress::file_queue::FileQueue;
use crate::chat_rule::stages::pace::Paces;

impl<D: Delivery> Chat<D> {
    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    pub(crate) fn core_mut(&mut self) -> &mut Core {
        &mut self.core
    }

    pub(crate) fn paces(&self) -> &Paces {
        &self.paces
    }

    pub(crate) fn persist(&self) -> &Persist {
        &self.persist
    }

    pub(in crate::chat_rule) fn clients(&self) -> &WelcomedClients<D> {
        &self.clients
    }

    pub(in crate::chat_rule) fn file_queue(&mut self) -> &mut FileQueue {
        &mut self.file_queue
    }
}
