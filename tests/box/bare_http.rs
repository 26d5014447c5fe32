//! A bare tiny_http program: it listens, and answers each request with one word. What
//! `tests/box/measure` compares is how soon it and Threadbare give their first answer.
//!
//! Call: `bare-http --addr HOST:PORT`.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let address = std::env::args().nth(2).ok_or("call it with --addr HOST:PORT")?;
    let server = tiny_http::Server::http(address)?;
    for request in server.incoming_requests() {
        request.respond(tiny_http::Response::from_string("ok"))?;
    }
    Ok(())
}
