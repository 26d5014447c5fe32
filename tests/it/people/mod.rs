//! People and their rooms over `threadbare.v1`: names, numbers, secrets, private messages, and
//! texts that no honest client sends.

/// Whoever looks after a room deletes many messages; people report messages.
mod deleting;
/// Each action by each way in.
mod each_way;
/// Hosts, who look after all rooms.
mod hosts;
/// Whoever looks after a room mutes, puts out, freezes.
mod keeping;
/// The secret of a name, the password of a room, the password of the server.
mod keys;
/// The maker of a room hides it and changes its password.
mod makers;
/// Street B15: two hundred odd texts and more, of each format that has JSON.
mod odd_json;
/// Street B15 and B16, I2: what no honest numbered client sends.
mod odd_requests;
/// Private messages.
mod private;
/// Names, numbers and resume: the promises to numbered clients.
mod promises;
/// E2, E3, E5, E6: the promises to numbered clients, over connections that are cut.
mod reconnects;
/// Rows 69, 70 and 78: a crowd of strangers floods a room, and one person quiets it.
mod under_attack;
