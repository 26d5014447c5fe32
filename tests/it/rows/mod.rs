//! What the classic chats do: rows classic B1 to B31 of `docs/ROWS.md`. `pages` repeats attacks of
//! the street at a room's pages, which the classic chats do not have.

/// Classic B11 to B19: threads, queues and deadlines of clients.
mod clients;
/// Classic B30 and B31: the console and the words of the log.
mod console;
/// Classic B5 to B10: the page and the handshake.
mod http;
/// Classic B20 to B24 and B29: what happens to a message.
mod messages;
/// A6, A10 to A12, D1 and D2 of the street, at a room's pages.
mod pages;
/// Classic B1 to B4: the flags of the classic servers.
mod start;
