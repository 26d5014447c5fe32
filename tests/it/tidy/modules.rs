//! The modules of the live page (`web/js`): how they import each other, and who may change what.

use std::collections::BTreeMap;

use super::files;

/// The folders of `web/js`, from the bottom up; `""` stands for the files that are in no folder. A
/// module imports from its own folder and from the folders before it. `chat.js` connects the parts
/// of the page, so only `main.js` imports it.
const LAYERS: [&str; 11] = [
    "",
    "connection",
    "messages",
    "composer",
    "places",
    "panels",
    "dispatch.js",
    "more.js",
    "live_page.js",
    "chat.js",
    "main.js",
];

/// The place of a module in [`LAYERS`].
fn layer(module: &str) -> usize {
    let is_top = |one: &&&str| **one == module;
    let folder = module.split_once('/').map_or("", |(folder, _)| folder);
    let named = LAYERS.iter().find(is_top).copied().unwrap_or(folder);
    let place = LAYERS.iter().position(|one| *one == named);
    place.unwrap_or_else(|| panic!("{module} is in no layer"))
}

/// The modules that `module` imports, by their paths in `web/js`.
fn imported(module: &str, text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with(['/', '*']));
    let code = code.collect::<Vec<_>>().join("\n");
    let paths = code.split(" from '").skip(1).map(|rest| rest.split('\'').next().unwrap());
    let resolved = paths.map(|path| {
        let mut place: Vec<_> = module.split('/').collect();
        place.pop();
        for step in path.split('/') {
            match step {
                "." => {}
                ".." => drop(place.pop()),
                name => place.push(name),
            }
        }
        place.join("/")
    });
    resolved.collect()
}

/// A circle of imports: each of these modules imports the next, and the last imports the first.
fn circle(imports: &BTreeMap<String, Vec<String>>) -> Option<Vec<&str>> {
    // Modules whose imports, and the imports of those, end somewhere. What remains is on a circle,
    // or leads to one.
    let mut open: BTreeMap<_, _> = imports.iter().collect();
    loop {
        let ends = |of: &Vec<String>| of.iter().all(|it| !open.contains_key(it));
        let done: Vec<_> = open.iter().filter(|(_, of)| ends(of)).map(|(name, _)| *name).collect();
        if done.is_empty() {
            break;
        }
        open.retain(|name, _| !done.contains(name));
    }
    let mut way = vec![open.keys().next()?.as_str()];
    loop {
        let next = imports[*way.last()?].iter().find(|it| open.contains_key(it))?;
        if let Some(start) = way.iter().position(|one| one == next) {
            return Some(way.split_off(start));
        }
        way.push(next);
    }
}

/// The imports of each module of `web/js`.
fn imports() -> BTreeMap<String, Vec<String>> {
    let modules = files("web/js", &["js"]).into_iter();
    let named = modules.map(|(name, text)| {
        let module = name.strip_prefix("web/js/").unwrap().to_owned();
        let of = imported(&module, &text);
        (module, of)
    });
    named.collect()
}

#[test]
fn the_imports_of_the_page_make_no_circle() {
    let all = |list: &[(&str, &[&str])]| -> BTreeMap<String, Vec<String>> {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        list.iter().map(|(name, of)| ((*name).to_owned(), own(of))).collect()
    };
    let example = all(&[("a", &["b", "d"]), ("b", &["c"]), ("c", &["b"]), ("d", &[])]);
    assert_eq!(circle(&example), Some(vec!["b", "c"]));
    let two_lines = "import {\n  a,\n} from '../x.js';\nimport { b } from './y/z.js';\n";
    assert_eq!(imported("one/two.js", two_lines), ["x.js", "one/y/z.js"]);

    let imports = imports();
    for (module, of) in &imports {
        for other in of {
            assert!(imports.contains_key(other), "{module} imports {other}, which is not there");
        }
    }
    let found = circle(&imports);
    assert!(found.is_none(), "these modules import each other in a circle: {found:?}");
}

#[test]
fn the_imports_of_the_page_run_down_its_layers() {
    let mut wrong = Vec::new();
    for (module, of) in imports() {
        let up = of.iter().filter(|other| layer(other) > layer(&module));
        wrong.extend(up.map(|other| format!("{module} imports {other}")));
    }
    assert!(wrong.is_empty(), "{} imports run up:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_module_of_the_page_gives_away_a_variable() {
    for (name, text) in files("web/js", &["js"]) {
        let given = text.lines().find(|line| {
            ["export let ", "export var "].iter().any(|start| line.starts_with(start))
        });
        assert!(given.is_none(), "{name}: {given:?}");
    }
}

/// The way of a text, as the header of `chat.js` follows it: each module, and the call that leads
/// on.
const WAY_OF_A_TEXT: [(&str, &str); 15] = [
    ("composer/composer.js", "texts.take("),
    ("composer/texts.js", "sending.say("),
    ("composer/sending.js", "roomUnsent.add("),
    ("messages/unsent.js", "send(requestOf("),
    ("connection/connection.js", "transport.send("),
    ("connection/transports.js", "socket.send("),
    ("connection/transports.js", "receive(JSON.parse("),
    ("connection/connection.js", "received(frame)"),
    ("chat.js", "parts.dispatch(frame)"),
    ("dispatch.js", "roomLog.receive(frame)"),
    ("messages/room_log.js", "position.receive(frame)"),
    ("connection/position.js", "listener.line(frame)"),
    ("messages/room_log.js", "view.addMessage("),
    ("messages/log_view.js", "items.push("),
    ("messages/log_view.js", "drawRow(item"),
];

#[test]
fn a_text_goes_from_the_field_to_its_row_by_these_calls() {
    let modules: BTreeMap<_, _> = files("web/js", &["js"]).into_iter().collect();
    for (module, call) in WAY_OF_A_TEXT {
        assert!(modules[&format!("web/js/{module}")].contains(call), "{module} has no {call}");
    }
}
