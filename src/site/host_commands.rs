//! What the operator asks about hosts, at the control socket: a link that makes somebody a host,
//! who the hosts are, what they have done; and to end that somebody is one.
//!
//! Runs on thread `control`.
//! Blocks on: the hub's inbox, and on the hub's answer, a second at most.
//! Owns: the commands, and the form of their answer.
//! Must not know: who becomes a host, and what a host may do.
//!
//! Part: `site/mod.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::chat::answer::{Answer, ToVisitor};
use crate::chat::clean::without_overrides;
use crate::chat::core::{CameFrom, Newcomer, OperatorAsks, Visit, VisitPurpose, Visitor};
use crate::chat::name::Name;
use crate::chat::refused::{Refused, for_how_long};
use crate::chat::request::TokenSource;
use crate::chat::rules_of_room::{RulesOfChat, WatchedRoom};
use crate::chat::time_text;
use crate::chat::token::Token;
use crate::chat_rule::delivery::register_visitor;
use crate::formats::Format;
use crate::html::address::of_host_link;
use crate::server::client::ClientIds;
use crate::server::hub::HubHandle;

/// The command of the control socket that makes a link.
pub const HOST: &str = "host";
/// The command that asks what holds in the whole chat.
pub const HOST_RULES: &str = "host rules";
/// The command that ends that somebody is a host; the name comes after it.
pub const HOST_REMOVE: &str = "host remove ";
/// How long the hub may take to answer.
const HUB_WAIT: Duration = Duration::from_secs(1);
/// How many answers of the hub may wait: the one to the command alone.
const TOLD_MAX: usize = 4;

/// The answer to each of these commands.
#[derive(Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct HostAnswer {
    /// `http` or `https`: how browsers reach the server.
    pub scheme: String,
    /// The path of the link on the server, such as `/host?code=1f…`; `None`: no link was made.
    #[serde(default)]
    pub path: Option<String>,
    /// What holds in the chat; `None`: nobody asked.
    #[serde(default)]
    pub rules: Option<HostRules>,
    /// Why it could not be done.
    #[serde(default)]
    pub error: Option<String>,
}

/// What holds in the whole chat, each thing in words.
#[derive(Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct HostRules {
    /// The names of the hosts.
    pub hosts: Vec<String>,
    /// Who is blocked from the chat, and how long yet.
    pub blocked: Vec<String>,
    /// The rooms in which messages were reported, or somebody waits to come in.
    pub rooms: Vec<String>,
    /// What hosts and keepers did, with the time in UTC; the newest last.
    pub record: Vec<String>,
}

/// Answers the operator's commands about hosts.
#[derive(Debug)]
pub(super) struct HostCommands {
    pub(super) hub: HubHandle<Format>,
    pub(super) ids: Arc<ClientIds>,
    pub(super) scheme: &'static str,
}

impl HostCommands {
    /// Carries out a command, and returns the answer as JSON in one line; `None`: the command is
    /// about something else.
    pub(super) fn answer(&self, command: &str) -> Option<String> {
        let done = match command {
            HOST => self.make_link(),
            HOST_RULES => self.ask(OperatorAsks::RulesOfChat),
            _ => self.end_host(command.strip_prefix(HOST_REMOVE)?),
        };
        let scheme = self.scheme.to_owned();
        let answer = match done {
            Ok(answer) => HostAnswer { scheme, ..answer },
            Err(error) => HostAnswer { scheme, error: Some(error), ..HostAnswer::default() },
        };
        Some(serde_json::to_string(&answer).unwrap_or_default())
    }

    fn make_link(&self) -> Result<HostAnswer, String> {
        let token = Token::new().map_err(|error| error.to_string())?;
        self.ask(OperatorAsks::HostLink(token))
    }

    fn end_host(&self, name: &str) -> Result<HostAnswer, String> {
        let name = Name::parse(name).map_err(|error| error.to_string())?;
        self.ask(OperatorAsks::EndHost(name))
    }

    /// Sends this to the hub, and waits for its answer.
    fn ask(&self, asks: OperatorAsks) -> Result<HostAnswer, String> {
        let visit = Visit {
            who: Visitor::Operator(asks),
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
        let until = Instant::now() + HUB_WAIT;
        let busy = || "the server is too busy; try again".to_owned();
        let (_registered, answers) =
            register_visitor(&self.hub, client, newcomer, nowhere, TOLD_MAX).map_err(|_| busy())?;
        while let Ok(told) = answers.recv_deadline(until) {
            let ToVisitor::Answer(answer) = told else { continue };
            let answered = match *answer {
                Answer::DeviceLink(Some(link)) => {
                    HostAnswer { path: Some(of_host_link(&link)), ..HostAnswer::default() }
                }
                Answer::RoomState(state) => {
                    let rules = state.chat.map(|chat| told_rules(&chat));
                    HostAnswer { rules, ..HostAnswer::default() }
                }
                Answer::NotHost => HostAnswer::default(),
                Answer::Refused { reason: Refused::NoSuchPerson, .. } => {
                    return Err("there is no host with this name; `threadbare host list` shows \
                                who they are"
                        .to_owned());
                }
                _ => continue,
            };
            return Ok(answered);
        }
        Err(busy())
    }
}

/// Returns in words what holds in the chat.
fn told_rules(chat: &RulesOfChat) -> HostRules {
    let room = |WatchedRoom { room, people, reports, waiting }: &WatchedRoom| {
        format!("{room}: {people} people, {reports} reports, {waiting} who wait")
    };
    let is_busy = |room: &&WatchedRoom| room.reports + room.waiting > 0;
    let blocked = chat.blocked.iter();
    let record = chat.record.iter();
    HostRules {
        hosts: chat.hosts.iter().map(|name| name.plain().into_owned()).collect(),
        blocked: blocked
            .map(|(name, left)| format!("{} for {}", name.plain(), for_how_long(*left)))
            .collect(),
        rooms: chat.rooms.iter().filter(is_busy).map(room).collect(),
        record: record
            .map(|(room, act)| {
                let done = act.done_in(room).to_string();
                format!("{}  {}", time_text::plain(act.at), without_overrides(&done))
            })
            .collect(),
    }
}
