//! Which page the server shows at `/`.
//!
//! Owns: the choice between the program's own page and that of the operator.
//! Must not know: what the program's own page is. The chat and the classic chat have different
//! ones.
//!
//! Part: `assets/mod.rs`.

use std::path::Path;

use super::{BadAssets, OperatorPage};

/// The page at `/`.
#[derive(Debug)]
pub enum FrontPage {
    /// The page that is a part of the program.
    BuiltIn,
    /// The page in a folder of the operator (`--assets`).
    Own(OperatorPage),
}

impl FrontPage {
    /// Returns the page in the operator's `folder`, after checking that the folder can be served.
    /// If `folder` is `None`, returns the built-in page.
    ///
    /// # Errors
    /// See [`BadAssets`].
    pub fn of(folder: Option<&Path>) -> Result<Self, BadAssets> {
        Ok(folder.map(OperatorPage::open).transpose()?.map_or(Self::BuiltIn, Self::Own))
    }
}
