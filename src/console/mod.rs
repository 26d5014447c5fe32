//! stub
use crate::words::Language;
use std::time::Duration;
#[expect(missing_docs, reason = "stub")]
pub struct JoinOptions {
    pub url: String,
    pub language: Language,
}
#[expect(missing_docs, reason = "stub")]
pub struct CrowdOptions {
    pub url: String,
    pub people: usize,
    pub rate: f64,
    pub duration: Duration,
    pub progress: bool,
}
/// stub
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct ConsoleError {}
/// stub
pub struct CrowdReport {}
impl std::fmt::Display for CrowdReport {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}
#[expect(missing_docs, reason = "stub")]
impl CrowdReport {
    pub fn is_clean(&self) -> bool {
        true
    }
}
/// stub
pub fn join(_: JoinOptions) -> Result<(), ConsoleError> {
    Ok(())
}
/// stub
pub fn crowd(_: CrowdOptions) -> Result<CrowdReport, ConsoleError> {
    Ok(CrowdReport {})
}
