//! Tests of people's names, rule by rule.

mod twins;
mod typed;

use super::{BadName, Name};

/// Returns the skeleton of `typed`, which must be a valid name.
fn skeleton(typed: &str) -> super::Skeleton {
    match Name::parse(typed) {
        Ok(name) => name.skeleton().clone(),
        Err(error) => panic!("{typed:?} {}: {error}", typed.escape_unicode()),
    }
}

/// Asserts that `typed` is refused, or has the same skeleton as `plain`.
fn assert_no_twin(typed: &str, plain: &str) {
    if let Ok(name) = Name::parse(typed) {
        let same = *name.skeleton() == skeleton(plain);
        assert!(same, "{} is another than {plain}: {name:?}", typed.escape_unicode());
    }
}
