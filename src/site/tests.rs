//! The chat's site with a hub of its own, for tests here and at the door.

use std::sync::Arc;

use super::ChatSite;
use crate::admission::{Admission, Budget, PerAddress};
use crate::chat_config::ChatConfig;
use crate::classic::Pages;
use crate::client::Clients;
use crate::greeting::GreetingSettings;
use crate::hub::pulse::Pulse;
use crate::pages::desk::Desk;
use crate::pages::packer::Packer;
use crate::telling;
use crate::threads::Pool;
use crate::visit::Visits;
use crate::visit::form_key::FormKey;
use crate::wire::Format;

/// A site, and what stands behind it.
pub(crate) struct Chat {
    pub(crate) site: Arc<ChatSite>,
    pub(crate) clients: Arc<Clients<Format>>,
    pub(crate) admission: Arc<Admission>,
    /// What the site takes for the hub's.
    pub(crate) pulse: Arc<Pulse>,
}

/// A site whose hub ends with the last handle to it.
pub(crate) fn chat(config: &ChatConfig, pool: &Pool) -> Chat {
    let (hub, _) = telling::start(config, None, Arc::default()).unwrap();
    let admission = Admission::new(Budget::of_this_box().unwrap(), PerAddress::default());
    let (client, settings) = (config.server.client.clone(), GreetingSettings::of(config));
    let text_bytes_max = client.message_bytes_max;
    let seats = Arc::clone(&admission);
    let clients = Arc::new(Clients::new(client, settings, hub.clone(), pool.clone(), seats, 0));
    let visits = Visits::new(hub, Arc::clone(&clients), config.pace, FormKey::of(None));
    let desk = Desk::new(visits, Packer::start().unwrap(), text_bytes_max, config.name_kept);
    let (pages, pulse) =
        (Pages::of(config.server.assets.as_deref()).unwrap(), Arc::new(Pulse::default()));
    let site = ChatSite::new(pages, config, Arc::clone(&pulse), desk, Arc::clone(&clients));
    Chat { site: Arc::new(site), clients, admission, pulse }
}
