//! Any bytes as a request head, cut at any place.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((cut, bytes)) = input.split_first() else { return };
    let cut = usize::from(*cut) * bytes.len() / 255;
    threadbare::server::door::fuzzing::check_head(bytes, cut);
});
