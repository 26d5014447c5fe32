//! Pages that need no script, as a browser without scripts reads them and writes by their forms.

/// Forms and texts in other encodings than UTF-8.
mod charsets;
/// A session goes to another device.
mod devices;
/// What pages say of other rooms and of other talks.
mod elsewhere;
/// The ways into a server that needs a password.
mod entrance;
/// People who are busy.
mod excuses;
/// A person leaves for good.
mod forgotten;
/// A room is written to by forms.
mod forms;
/// Invites to rooms.
mod invites;
/// What a page without a script keeps, and that it says nothing false.
mod kept;
mod locked;
/// How pages show gaps.
mod missing_lines;
/// What is new, and what was changed.
mod new_messages;
/// What a person meets who comes for the first time.
mod newcomers;
/// Who may change a line.
mod own_lines;
/// A room's pinned message.
mod pins;
mod plain_words;
/// Private messages.
mod private;
/// What `/quit` ends.
mod quit;
/// Older messages, refreshes, the live page, links.
mod reading;
/// What browsers get when they cannot have what they ask for.
mod refused;
/// A client with the old token of a session gets nothing of what the session gained.
mod renewing;
/// What happens to a form that is sent again: from a page in the browser's history, or over a
/// connection that is cut.
mod repeats;
/// How one comes from a message to the form of a reply.
mod replies;
/// The page of all rooms, locked rooms, and how one leaves.
mod rooms;
/// Messages are found, and shown in their conversation.
mod search;
/// Who owns a session, and what happens to it when it gains something.
mod sessions;
/// How readers choose the look of their pages.
mod settings;
/// Messages of several lines.
mod several_lines;
/// The people of a private talk, and what is new in it.
mod talks;
/// What browsers in a terminal get.
mod textual;
/// What a page says after a form.
mod told;
/// Which person a browser becomes when it comes in by a form.
mod ways_in;
/// How pages put their words: a name once, counts in one form.
mod wording;
/// Which time zone the times on a page have.
mod zone;
