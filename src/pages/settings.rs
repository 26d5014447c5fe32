//! Where somebody says how they like their pages: one form, one button.
//!
//! Owns: that page.
//! Must not know: where it is kept.
//!
//! Next: `pages/out.rs`.

use maud::{Markup, html};

use super::address::{address, with_query};
use super::frame;
use super::words::Sentences;
use crate::chat::room_name::RoomName;
use crate::limits;
use crate::visit::settings::{Settings, Size, Theme};
use crate::words::Language;

/// One of several: what it is called in the form, what people read, whether it is so now.
type Choice<'a> = (&'static str, &'a str, bool);

/// The page, which leads back to this room; `session` must be in its links, if it is there.
pub fn page(
    language: Language,
    settings: Settings,
    room: &RoomName,
    session: Option<&str>,
) -> Vec<u8> {
    let words = Sentences::of(language);
    let title = format!("{} - {}", words.say("settings"), words.say("brand"));
    let back = with_query(&address(room), &[session.map(|token| format!("s={token}"))]);
    let body = html! {
        header {
            h1 { (words.say("settings")) }
            nav { a href=(back) { (words.fill("backToRoom", &[("room", room.as_str())])) } }
        }
        main { form method="post" action="/settings" accept-charset="utf-8" {
            input type="hidden" name="room" value=(room);
            @if let Some(session) = session { input type="hidden" name="s" value=(session); }
            (choices(words.say("theme"), "theme", &themes(words, settings)))
            (choices(words.say("size"), "size", &Size::ALL.map(|size| {
                (size.word(), letters(size), size == settings.size)
            })))
            (choices(words.say("order"), "order", &[
                ("first", words.say("orderFirst"), !settings.is_newest_last),
                ("last", words.say("orderLast"), settings.is_newest_last),
            ]))
            (choices(words.say("timesOfLines"), "times", &[
                ("", words.say("shown"), !settings.hides_times),
                ("no", words.say("notShown"), settings.hides_times),
            ]))
            (choices(words.say("numbersOfLines"), "numbers", &[
                ("", words.say("notShown"), !settings.shows_numbers),
                ("yes", words.say("shown"), settings.shows_numbers),
            ]))
            (choices(words.say("inLanguage"), "lang", &[
                ("", words.say("asBrowser"), settings.language.is_none()),
                ("en", "English", settings.language == Some(Language::English)),
                ("zh", "中文", settings.language == Some(Language::Chinese)),
            ]))
            p {
                label { (words.say("loadAgain")) " "
                    input type="text" inputmode="numeric" name="every" size="4"
                        value=(settings.every.unwrap_or(limits::REFRESH_SECONDS_USUAL));
                }
            }
            p { button { (words.say("save")) } }
        } }
    };
    frame::page(words, &title, settings, None, &body).into_string().into_bytes()
}

fn themes<'a>(words: &'a Sentences, settings: Settings) -> [Choice<'a>; 3] {
    let is = |theme| settings.theme == theme;
    [
        ("", words.say("asDevice"), is(None)),
        ("light", words.say("light"), is(Some(Theme::Light))),
        ("dark", words.say("dark"), is(Some(Theme::Dark))),
    ]
}

fn letters(size: Size) -> &'static str {
    match size {
        Size::Small => "S",
        Size::Medium => "M",
        Size::Large => "L",
        Size::Largest => "XL",
    }
}

fn choices(title: &str, name: &str, choices: &[Choice<'_>]) -> Markup {
    html! {
        fieldset {
            legend { (title) }
            @for (value, words, is_so) in choices {
                label {
                    input type="radio" name=(name) value=(value) checked[*is_so];
                    " " (words)
                }
                " "
            }
        }
    }
}
