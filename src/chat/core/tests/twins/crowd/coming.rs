//! Random clients that connect.
//!
//! Part: `chat/core/mod.rs`.

use super::{Crowd, Member, remember};
use crate::admission::ClientNetwork;
use crate::base::client_id::ClientId;
use crate::chat::core::{
    CameFrom, Core, CoreEvent, Greeting, Newcomer, OperatorAsks, Stay, Visit, VisitPurpose, Visitor,
};
use crate::chat::entry::{Seen, Seq};
use crate::chat::request::{Hello, TokenSource};
use crate::chat::token::TokenDigest;

const ADDRESSES: [&str; 6] =
    ["192.0.2.1", "192.0.2.2", "192.0.2.3", "198.51.100.7", "2001:db8::1", "2001:db8:0:1::1"];

impl Crowd {
    pub(super) fn comes(&mut self, core: &Core) -> CoreEvent {
        let newcomer = match self.chance.below(100) {
            0..10 => Newcomer::Classic,
            10..16 => Newcomer::Passing,
            16..72 => Newcomer::WithHello(Box::new(self.greeting(core))),
            _ => Newcomer::Visitor(Box::new(self.visit(core))),
        };
        let address = self.chance.one_of(&ADDRESSES).parse().unwrap();
        let network = (!self.chance.is_one_of(2)).then(|| ClientNetwork::of(address));
        let addr = self.chance.is_one_of(3).then_some(address);
        self.comes_as(newcomer, CameFrom { network, addr })
    }

    pub(super) fn comes_as(
        &mut self,
        newcomer: Newcomer<TokenDigest>,
        came_from: CameFrom,
    ) -> CoreEvent {
        self.last_client_id += 1;
        let client = ClientId(self.last_client_id);
        let is_classic = matches!(newcomer, Newcomer::Classic | Newcomer::Passing);
        self.members.push(Member { client, is_classic, last_id: None });
        CoreEvent::Newcomer(client, newcomer, came_from)
    }

    pub(super) fn greeting(&mut self, core: &Core) -> Greeting<TokenDigest> {
        let token = match self.chance.below(100) {
            0..40 => Some(self.known_token()),
            // A token that the client has made itself. It knows this token even if the welcome is
            // lost.
            40..55 => Some(self.fresh()),
            _ => None,
        };
        let name = self.chance.is_one_of(3).then(|| self.claim());
        let rooms = (0..1 + self.chance.below(3)).map(|_| self.place(core)).collect();
        let epoch = core.logs.iter().last().map(|(_, log)| log.epoch());
        let seq = Seq(self.chance.below(20) as u64);
        let private = epoch.filter(|_| self.chance.is_one_of(2)).map(|epoch| Seen { epoch, seq });
        let source = self.source();
        let hello = Hello { name, token, source, rooms, private };
        let fresh = self.fresh();
        let is_admitted = !self.chance.is_one_of(20);
        let stay = match (self.chance.is_one_of(5), self.chance.is_one_of(10)) {
            (true, _) => Stay::ShortPoll,
            (false, true) => Stay::LongPoll,
            (false, false) => Stay::Connected,
        };
        Greeting { hello, fresh, is_admitted, stay }
    }

    fn visit(&mut self, core: &Core) -> Visit<TokenDigest> {
        let who = match self.chance.below(100) {
            0..45 => Visitor::Known(self.known_token()),
            45..75 => {
                let claim = self.chance.is_one_of(3).then(|| self.claim());
                let signs_in = self.chance.is_one_of(3);
                match claim {
                    Some(claim) if signs_in => Visitor::SignsIn(claim, self.fresh()),
                    claim => Visitor::New(claim, self.fresh()),
                }
            }
            75..85 => Visitor::Passing,
            85..90 => {
                let link = self.links.back().cloned().unwrap_or_else(|| self.fresh());
                Visitor::Linked(link, self.fresh())
            }
            98.. => {
                let link = self.fresh();
                Visitor::Operator(match self.chance.below(10) {
                    0 => OperatorAsks::RulesOfChat,
                    1 => OperatorAsks::EndHost(self.somebody()),
                    _ => {
                        remember(&mut self.host_links, link.clone(), 10);
                        OperatorAsks::HostLink(link)
                    }
                })
            }
            _ => Visitor::Stranger,
        };
        let purpose = match self.chance.below(10) {
            0 => VisitPurpose::Save,
            1 => VisitPurpose::Sight,
            _ => VisitPurpose::Page,
        };
        let position = (!self.chance.is_one_of(10)).then(|| self.place(core));
        let fresh = (!self.chance.is_one_of(3)).then(|| self.fresh());
        let (is_admitted, is_shown) = (!self.chance.is_one_of(20), self.chance.is_one_of(2));
        let source = self.source();
        Visit { who, is_admitted, position, purpose, fresh, is_shown, source, says: None }
    }

    fn source(&mut self) -> TokenSource {
        if self.chance.is_one_of(2) { TokenSource::Stored } else { TokenSource::Address }
    }
}
