//! Which question gets which answer: packets of DNS, and nothing else.
//!
//! Owns: the server's name, and how long others may remember its addresses.
//! Must not know: sockets, who has asked.
//!
//! Part: `mdns/mod.rs`.

use std::net::IpAddr;

use simple_dns::rdata::{A, AAAA, RData};
use simple_dns::{
    CLASS, Name, OPCODE, Packet, PacketFlag, QCLASS, QTYPE, Question, ResourceRecord,
};

/// The name for which the server answers.
pub const NAME: &str = "threadbare.local";

/// How many seconds other machines may remember an address: what RFC 6762 10 asks for.
const KEPT_SECONDS: u32 = 120;
/// The same for a program that knows nothing of multicast DNS: such a program does not hear if the
/// address changes (RFC 6762 6.7).
const KEPT_BRIEFLY_SECONDS: u32 = 10;

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The packet.
    pub(super) bytes: Vec<u8>,
    /// True if all machines of the network get it; false: only the one that has asked.
    pub(super) is_for_all: bool,
}

/// Returns the answer to this packet. `is_plain`: who has asked knows nothing of multicast DNS.
/// `None`: the packet asks for nothing that we know, or has the answer already, or is no question.
pub(super) fn reply(packet: &[u8], is_plain: bool, addresses: &[IpAddr]) -> Option<Reply> {
    let asked = Packet::parse(packet).ok()?;
    if asked.has_flags(PacketFlag::RESPONSE) || asked.opcode() != OPCODE::StandardQuery {
        return None;
    }
    let ours: Vec<_> = asked.questions.iter().filter(|question| is_ours(question)).collect();
    let kept_seconds = if is_plain { KEPT_BRIEFLY_SECONDS } else { KEPT_SECONDS };
    let record = |ip: &IpAddr| {
        let record = ResourceRecord::new(NAME.try_into().ok()?, CLASS::IN, kept_seconds, data(*ip));
        Some(record.with_cache_flush(!is_plain))
    };
    let mut answer = Packet::new_reply(if is_plain { asked.id() } else { 0 });
    answer.set_flags(PacketFlag::AUTHORITATIVE_ANSWER);
    answer.answers = addresses.iter().filter_map(record).collect();
    answer.answers.retain(|record| {
        let is_wanted = ours.iter().any(|question| record.match_qtype(question.qtype));
        is_wanted && !knows(&asked, record)
    });
    if answer.answers.is_empty() {
        return None;
    }
    let is_for_all = !is_plain && !ours.iter().all(|question| question.unicast_response);
    if is_plain {
        answer.questions = ours.into_iter().cloned().collect();
    }
    Some(Reply { bytes: answer.build_bytes_vec().ok()?, is_for_all })
}

fn is_ours(question: &Question<'_>) -> bool {
    let is_in = matches!(question.qclass, QCLASS::ANY | QCLASS::CLASS(CLASS::IN));
    let is_transfer = matches!(question.qtype, QTYPE::AXFR | QTYPE::IXFR);
    is_in && !is_transfer && is_name(&question.qname)
}

fn is_name(name: &Name<'_>) -> bool {
    name.to_string().trim_end_matches('.').eq_ignore_ascii_case(NAME)
}

/// Returns whether who has asked knows this address, and for a while yet (RFC 6762 7.1).
fn knows(asked: &Packet<'_>, record: &ResourceRecord<'_>) -> bool {
    asked.answers.iter().any(|known| {
        is_name(&known.name) && known.rdata == record.rdata && known.ttl >= record.ttl / 2
    })
}

fn data(ip: IpAddr) -> RData<'static> {
    match ip {
        IpAddr::V4(ip) => RData::A(A { address: ip.into() }),
        IpAddr::V6(ip) => RData::AAAA(AAAA { address: ip.into() }),
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;
    use simple_dns::rdata::RData;
    use simple_dns::{CLASS, Packet, PacketFlag, QTYPE, Question, ResourceRecord, TYPE};

    use super::{KEPT_BRIEFLY_SECONDS, KEPT_SECONDS, NAME, data, reply};

    fn addresses() -> [IpAddr; 2] {
        ["10.0.0.1", "fd00::1"].map(|ip| ip.parse().unwrap())
    }

    fn asks(name: &'static str, kind: QTYPE, is_unicast: bool) -> Packet<'static> {
        let mut packet = Packet::new_query(7);
        let name = name.try_into().unwrap();
        packet.questions.push(Question::new(name, kind, CLASS::IN.into(), is_unicast));
        packet
    }

    /// What the answer to a packet says.
    fn told(packet: &Packet<'_>, is_plain: bool) -> Option<(Vec<IpAddr>, u32, bool)> {
        let reply = reply(&packet.build_bytes_vec().unwrap(), is_plain, &addresses())?;
        let answer = Packet::parse(&reply.bytes).unwrap();
        assert!(answer.has_flags(PacketFlag::RESPONSE));
        assert_eq!(answer.id(), if is_plain { 7 } else { 0 });
        assert_eq!(answer.questions.len(), usize::from(is_plain));
        let ips = answer.answers.iter().map(|record| {
            assert_eq!((record.name.to_string().as_str(), record.cache_flush), (NAME, !is_plain));
            match &record.rdata {
                RData::A(a) => IpAddr::V4(a.address.into()),
                RData::AAAA(a) => IpAddr::V6(a.address.into()),
                other => panic!("{other:?}"),
            }
        });
        Some((ips.collect(), answer.answers[0].ttl, reply.is_for_all))
    }

    #[test]
    fn row_104_our_name_is_answered_with_the_addresses_that_were_asked_for() {
        let [four, six] = addresses();
        for (kind, ips) in [
            (QTYPE::TYPE(TYPE::A), vec![four]),
            (QTYPE::TYPE(TYPE::AAAA), vec![six]),
            (QTYPE::ANY, vec![four, six]),
        ] {
            for name in [NAME, "ThreadBare.LOCAL"] {
                let packet = asks(name, kind, false);
                assert_eq!(told(&packet, false), Some((ips.clone(), KEPT_SECONDS, true)));
                let briefly = Some((ips.clone(), KEPT_BRIEFLY_SECONDS, false));
                assert_eq!(told(&packet, true), briefly);
                let alone = Some((ips.clone(), KEPT_SECONDS, false));
                assert_eq!(told(&asks(name, kind, true), false), alone);
            }
        }
    }

    #[test]
    fn row_104_other_names_other_questions_and_answers_get_nothing() {
        let a = QTYPE::TYPE(TYPE::A);
        for packet in [
            asks("other.local", a, false),
            asks("a.threadbare.local", a, false),
            asks("threadbare.example", a, false),
            asks(NAME, QTYPE::TYPE(TYPE::TXT), false),
            asks(NAME, QTYPE::AXFR, false),
            Packet::new_query(7),
        ] {
            assert_eq!(told(&packet, false), None, "{packet:?}");
        }
        let mut answered = asks(NAME, a, false);
        answered.set_flags(PacketFlag::RESPONSE);
        assert_eq!(told(&answered, false), None);
        let known = |ttl| {
            let mut packet = asks(NAME, a, false);
            let name = NAME.try_into().unwrap();
            let record = ResourceRecord::new(name, CLASS::IN, ttl, data(addresses()[0]));
            packet.answers.push(record);
            told(&packet, false).is_none()
        };
        assert_eq!([known(KEPT_SECONDS / 2), known(KEPT_SECONDS / 2 - 1)], [true, false]);
        let question = asks(NAME, a, false).build_bytes_vec().unwrap();
        assert_eq!(reply(&question, false, &addresses()[1..]), None);
    }

    proptest! {
        #[test]
        fn row_104_no_bytes_make_it_panic(
            noise in prop::collection::vec(any::<u8>(), 0..200),
            at in 0usize..40,
            byte in any::<u8>(),
        ) {
            // Neither noise, nor a question with a byte that is wrong, nor half of one.
            reply(&noise, false, &addresses());
            let kind = QTYPE::TYPE(TYPE::A);
            let mut packet = asks(NAME, kind, false).build_bytes_vec().unwrap();
            let place = at % packet.len();
            reply(&packet[..place], true, &addresses());
            packet[place] = byte;
            packet.extend(&noise);
            reply(&packet, true, &addresses());
        }
    }
}
