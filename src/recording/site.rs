//! `threadbare replay FILE --glass`: a server on this machine whose only page shows a recording,
//! event by event.
//!
//! The address has the number of the event, and each button is a link. So the page needs no script,
//! and the server remembers nothing.
//!
//! Blocks on: the thread `replay` (`moment.rs`), on the thread `door` of the request.
//! Owns: the addresses; the server, which has the smallest rule and format (`classic/mod.rs`), and
//! no URL at which a client can come in.
//! Must not know: how the page is drawn.
//!
//! Part: `recording/mod.rs`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::never;

use super::moment::Replayer;
use super::page::{self, Shown};
use crate::admission::{Admission, Budget};
use crate::assets::built_in;
use crate::base::{limits, socket::PublicListener};
use crate::classic::{everybody::Everybody, format::Classic};
use crate::glass::{access::Viewers, with_headers};
use crate::server::http::refusal::Refusal;
use crate::server::http::request::HttpRequest;
use crate::server::http::response::Response;
use crate::server::http::site::{Site, TargetState};
use crate::server::http::verdict::{Job, Verdict};
use crate::server::hub::{self, health::HubHealth};
use crate::server::{RunningHub, Server, StartError, config::ServerConfig, serve::Service};

/// A recording that a replay has read to its end.
#[derive(Clone, Debug)]
pub struct ReplayedFile {
    /// The recording.
    pub file: PathBuf,
    /// The number of its last event.
    pub events: u64,
    /// Whether a core came to the same states as the recorder's.
    pub is_same: bool,
}

/// A running server that shows a recording.
pub struct RecordingServer {
    server: Server<Classic>,
    health: Arc<HubHealth>,
}

impl RecordingServer {
    /// Starts the server. The caller must make the listeners with
    /// [`socket::listen`](crate::base::socket::listen).
    ///
    /// # Errors
    /// The system cannot start a thread. What had been started is stopped again.
    pub fn start(
        listeners: Vec<PublicListener>,
        config: &ServerConfig,
        recording: ReplayedFile,
    ) -> Result<Self, StartError> {
        let replayer = Replayer::start(recording.file.clone()).map_err(StartError::NoThread)?;
        let health = Arc::new(HubHealth::default());
        let (way, outbox_max) = (config.fan_out, config.client.outbox_messages_max);
        let rule = |_| Everybody::new(way, outbox_max);
        let noted = Arc::clone(&health);
        let (hub, thread) = hub::spawn(rule, never(), noted).map_err(StartError::NoThread)?;
        let talk = RunningHub { hub, thread, settings: () };
        let site = |_: &_| Arc::new(RecordingSite { recording, replayer }) as Arc<dyn Site>;
        Ok(Self { server: Server::start(listeners, config, talk, site)?, health })
    }
}

impl Service for RecordingServer {
    fn greeting(&self, _here: Option<SocketAddr>) -> String {
        "Only this machine can open the recording. Ctrl-C ends.\n".to_owned()
    }

    fn budget(&self) -> Budget {
        self.server.budget()
    }

    fn health(&self) -> &Arc<HubHealth> {
        &self.health
    }

    fn admission(&self) -> &Arc<Admission> {
        self.server.admission()
    }

    fn stop(self) -> usize {
        self.server.stop(Instant::now() + limits::STOP_WAIT)
    }
}

/// The site: one page, and the files that it needs.
struct RecordingSite {
    recording: ReplayedFile,
    replayer: Replayer,
}

impl Site for RecordingSite {
    fn answer(&self, request: &HttpRequest<'_>) -> Response {
        // A page of another site could lead a name of its own to this machine.
        let viewers = Viewers { on_this_machine: true, with_password: None };
        if let Err(answer) = viewers.check(request) {
            return answer;
        }
        if !request.is_safe() {
            return Response::refusal(Refusal::WrongMethod);
        }
        if request.path() != "/" {
            let tags = request.all("If-None-Match").next();
            let file = built_in::file(request.path(), request.accepts_gzip(), tags);
            return file.unwrap_or_else(|| Response::refusal(Refusal::NotFound));
        }
        let mut response = Response::new(200, "");
        response.verdict = Verdict::Job(Box::new(MomentJob {
            recording: self.recording.clone(),
            replayer: self.replayer.clone(),
            asked: request.parameter("event"),
            plays: request.parameter("play").is_some(),
        }));
        response
    }

    fn loggable(&self, target: &str, _state: TargetState) -> String {
        target.split('?').next().unwrap_or_default().to_owned()
    }
}

/// One look at a recording, which runs on the door's thread.
struct MomentJob {
    recording: ReplayedFile,
    replayer: Replayer,
    /// The number of the event, as it stands in the address.
    asked: Option<String>,
    /// Whether the page goes on to the next event by itself.
    plays: bool,
}

impl Job for MomentJob {
    fn takes_a_place(&self) -> bool {
        false
    }

    fn run(self: Box<Self>) -> Response {
        let Self { recording, replayer, asked, plays } = *self;
        let (number, fault) = chosen(asked.as_deref(), recording.events);
        let status = if fault.is_some() { 400 } else { 200 };
        let moment = match replayer.moment(number) {
            Some(Ok(moment)) => moment,
            Some(Err(error)) => return failed(&format!("{error}\n")),
            None => return failed("This recording can be read no more; start again.\n"),
        };
        let shown = Shown { recording: &recording, number, fault, plays, moment: &moment };
        with_headers(Response::new(status, page::shown(&shown).into_bytes()))
            .with_header("Content-Type", "text/html; charset=utf-8")
            .with_header("X-Content-Type-Options", "nosniff")
    }
}

/// Returns the answer if the file cannot be read any more.
fn failed(words: &str) -> Response {
    with_headers(Response::new(500, words.as_bytes().to_vec()))
        .with_header("Content-Type", "text/plain; charset=utf-8")
        .with_header("X-Content-Type-Options", "nosniff")
}

/// Returns the number of the event that is shown, and what is wrong with the one that was asked
/// for. Without a number, the first event is shown.
fn chosen(asked: Option<&str>, last: u64) -> (u64, Option<String>) {
    let Some(asked) = asked else { return (1, None) };
    match asked.trim().parse::<u64>() {
        Ok(number) if (1..=last).contains(&number) => (number, None),
        Ok(number) if number > last => {
            (last, Some(format!("There is no event {number}: the last one is {last}.")))
        }
        _ => (1, Some(format!("Enter the number of an event, from 1 to {last}."))),
    }
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn an_event_is_chosen_by_its_number_and_a_wrong_number_is_answered_in_words() {
        assert_eq!(chosen(None, 9), (1, None));
        assert_eq!(chosen(Some(" 7 "), 9), (7, None));
        let (number, fault) = chosen(Some("12"), 9);
        assert_eq!(
            (number, fault.unwrap().as_str()),
            (9, "There is no event 12: the last one is 9.")
        );
        for wrong in ["0", "", "x", "-1"] {
            assert_eq!(chosen(Some(wrong), 9).0, 1);
            assert!(chosen(Some(wrong), 9).1.unwrap().contains("from 1 to 9"));
        }
    }
}
