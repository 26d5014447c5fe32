//! Replaces tokens by their digests, so that no token gets into the core.
//!
//! Anyone who has a session's token can act as the session's person, so a token must not appear
//! where events or the core's state are written down. Therefore this file replaces each token of a
//! request or a new client by its digest before the core gets it. If the core gives a client a
//! token, it names the token by its digest. The token itself came with the request or the new
//! client, so `Tokens` has it.
//!
//! Owns: the tokens of one request or one new client, while the core decides on it.
//! Must not know: whose token it is.
//!
//! Part: `chat_rule/mod.rs`.

use crate::chat::core::{Greeting, MemberRequest, Newcomer, OperatorAsks, Visit, Visitor};
use crate::chat::request::{Hello, Request};
use crate::chat::token::{Token, TokenDigest};

#[derive(Debug, Default)]
pub(crate) struct Tokens(Vec<(TokenDigest, Token)>);

impl Tokens {
    pub(crate) fn find(&self, digest: &TokenDigest) -> Option<Token> {
        let found = self.0.iter().find(|(known, _)| known == digest);
        found.map(|(_, token)| token.clone())
    }

    fn take(&mut self, token: Token) -> TokenDigest {
        let digest = TokenDigest::of(&token);
        self.0.push((digest.clone(), token));
        digest
    }

    fn take_any(&mut self, token: Option<Token>) -> Option<TokenDigest> {
        token.map(|token| self.take(token))
    }

    fn taken_from_operator(&mut self, asks: OperatorAsks) -> OperatorAsks<TokenDigest> {
        match asks {
            OperatorAsks::HostLink(link) => OperatorAsks::HostLink(self.take(link)),
            OperatorAsks::RulesOfChat => OperatorAsks::RulesOfChat,
            OperatorAsks::EndHost(name) => OperatorAsks::EndHost(name),
        }
    }

    pub(crate) fn taken_from_newcomer(&mut self, newcomer: Newcomer) -> Newcomer<TokenDigest> {
        match newcomer {
            Newcomer::Classic => Newcomer::Classic,
            Newcomer::Passing => Newcomer::Passing,
            Newcomer::WithHello(greeting) => {
                let Greeting { hello, fresh, is_admitted, stay } = *greeting;
                let Hello { name, token, source, rooms, private } = hello;
                let token = self.take_any(token);
                let hello = Hello { name, token, source, rooms, private };
                let fresh = self.take(fresh);
                let greeting = Greeting { hello, fresh, is_admitted, stay };
                Newcomer::WithHello(Box::new(greeting))
            }
            Newcomer::Visitor(visit) => {
                let Visit { who, fresh, is_admitted, position, purpose, is_shown, source, says } =
                    *visit;
                let who = match who {
                    Visitor::Known(token) => Visitor::Known(self.take(token)),
                    Visitor::New(claim, fresh) => Visitor::New(claim, self.take(fresh)),
                    Visitor::SignsIn(claim, fresh) => Visitor::SignsIn(claim, self.take(fresh)),
                    Visitor::Linked(link, fresh) => {
                        Visitor::Linked(self.take(link), self.take(fresh))
                    }
                    Visitor::LooksAtLink(link) => Visitor::LooksAtLink(self.take(link)),
                    Visitor::Operator(asks) => Visitor::Operator(self.taken_from_operator(asks)),
                    Visitor::Passing => Visitor::Passing,
                    Visitor::Stranger => Visitor::Stranger,
                };
                let fresh = self.take_any(fresh);
                let visit =
                    Visit { who, fresh, is_admitted, position, purpose, is_shown, source, says };
                Newcomer::Visitor(Box::new(visit))
            }
        }
    }

    /// Replaces the tokens of a request by their digests, for the core. `None`: the stage
    /// *lookups* answers requests of this kind, so they do not go to the core.
    pub(crate) fn taken_from_request(&mut self, request: Request) -> Option<MemberRequest> {
        Some(match request {
            Request::Classic(text) => MemberRequest::Classic(text),
            Request::Post(post) => MemberRequest::Post(post),
            Request::Private(message) => MemberRequest::Private(message),
            Request::Join(position, fresh) => MemberRequest::Join(position, self.take_any(fresh)),
            Request::Leave(room) => MemberRequest::Leave(room),
            Request::Rooms => MemberRequest::Rooms,
            Request::Who(room) => MemberRequest::Who(room),
            Request::Whois(name) => MemberRequest::Whois(name),
            Request::WhoWrote(room, seq) => MemberRequest::WhoWrote(room, seq),
            Request::Excuse(excuse) => MemberRequest::Excuse(excuse),
            Request::Typing(room) => MemberRequest::Typing(room),
            Request::HaveRead(log, seen, with) => MemberRequest::HaveRead(log, seen, with),
            Request::Rename(claim, fresh) => MemberRequest::Rename(claim, self.take_any(fresh)),
            Request::Quit => MemberRequest::Quit,
            Request::ForgetMe(name) => MemberRequest::ForgetMe(name),
            Request::Set(settings, fresh) => MemberRequest::Set(settings, self.take_any(fresh)),
            Request::Session(token) => MemberRequest::Session(self.take(token)),
            Request::SignOutElsewhere(fresh) => MemberRequest::SignOutElsewhere(self.take(fresh)),
            Request::Invite(room, invite, to) => MemberRequest::Invite(room, self.take(invite), to),
            Request::LinkDevice(link) => MemberRequest::LinkDevice(self.take(link)),
            Request::BecomeHost(link) => MemberRequest::BecomeHost(self.take(link)),
            Request::Act(act) => MemberRequest::Act(act),
            Request::RoomState(room) => MemberRequest::RoomState(room),
            Request::History { .. } | Request::Talks(_) => return None,
            Request::Search(_) | Request::Faulty(_) => return None,
        })
    }
}
