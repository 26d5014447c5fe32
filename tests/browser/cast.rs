//! Who is in the pictures, and what they say: the same play in each language of the page.
//!
//! Owns: the names, rooms and texts.
//! Must not know: how anybody comes in, or what a picture shows.

/// Who says a line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// The person in front of the page.
    Reader,
    /// One of [`Play::people`].
    Person(usize),
}

/// The server's clock, who speaks, the words, and how many lines before it the line that it answers
/// is.
pub(crate) type Line = (&'static str, Who, &'static str, Option<usize>);

/// All words of one language.
pub(crate) struct Play {
    pub(crate) tag: &'static str,
    /// What the browser asks for.
    pub(crate) languages: &'static str,
    pub(crate) reader: &'static str,
    pub(crate) people: [&'static str; 4],
    pub(crate) room: &'static str,
    pub(crate) topic: &'static str,
    pub(crate) lines: &'static [Line],
    /// What is said while the reader looks away.
    pub(crate) meanwhile: [&'static str; 2],
    /// What the page says of a message that is stored.
    pub(crate) sent: &'static str,
    /// What the reader says without a connection.
    pub(crate) waits: &'static str,
    pub(crate) draft: &'static str,
    /// Private lines of the first person, and the reader's answer.
    pub(crate) letters: [&'static str; 2],
    pub(crate) letter_back: &'static str,
    pub(crate) sought: &'static str,
    pub(crate) empty_room: &'static str,
    /// Other rooms, and what they are about.
    pub(crate) rooms: &'static [(&'static str, &'static str)],
    /// Given names; with each of the initials they make a crowd.
    pub(crate) crowd: &'static [&'static str],
    pub(crate) initials: [&'static str; 3],
}

use Who::{Person, Reader};

pub(crate) const PLAYS: [Play; 2] = [
    Play {
        tag: "en",
        languages: "en-US,en",
        reader: "Cleo",
        people: ["Ann", "Bo", "小明", "نور"],
        room: "workshop",
        topic: "the heater, the kettle, and what answers at night",
        lines: &[
            ("2026-11-16 16:20", Person(1), "The heater in the back room is off again.", None),
            ("2026-11-16 16:24", Person(0), "I ordered a new timer for the heater.", None),
            (
                "2026-11-17 10:05",
                Person(1),
                "The timer is here. It goes between heater and wall.",
                None,
            ),
            (
                "2026-11-18 17:42",
                Person(1),
                "I leave the soldering iron on the bench. It is cold.",
                None,
            ),
            ("2026-11-18 17:43", Person(0), "Thanks! See you tomorrow at nine.", None),
            (
                "2026-11-19 09:02",
                Person(0),
                "Good morning! The kettle is on, and the second server answers again.",
                None,
            ),
            (
                "2026-11-19 09:03",
                Person(1),
                "It is slow every night at four, see https://example.org/graph?from=4",
                None,
            ),
            ("2026-11-19 09:04", Person(2), "可能是备份，备份四点开始。", None),
            ("2026-11-19 09:04", Person(3), "نعم، الثلاثة معا (all three of them).", None),
            ("2026-11-19 09:05", Person(0), "Cleo, can you look at the timer?", None),
            ("2026-11-19 09:06", Reader, "Looking now.", None),
            (
                "2026-11-19 09:08",
                Reader,
                "Found it. All three start at once:\n```\n0 4 * * *  backup --all\n```",
                None,
            ),
            ("2026-11-19 09:09", Person(1), "Then I move mine to five.", Some(1)),
        ],
        meanwhile: ["And mine goes to half past four.", "Coffee?"],
        sent: "sent",
        waits: "With milk, please.",
        draft: "And who has the key to",
        letters: [
            "Cleo, do you have a minute?",
            "It is about the party for 小明. He must not see it.",
        ],
        letter_back: "Of course. I bring a cake, you bring candles?",
        sought: "timer",
        empty_room: "attic",
        rooms: &[
            ("kitchen", "soup on Fridays"),
            ("garden", "who waters what, and when"),
            ("library", ""),
            ("band", "Tuesday, eight o'clock, bring earplugs"),
            ("bicycles", ""),
            ("carpool", "to the city and back"),
            ("chess", ""),
            ("choir", "new songs are in the folder"),
            ("darkroom", ""),
            ("first-aid", "courses and the cupboard"),
            ("night-shift", ""),
            ("print-shop", ""),
            ("radio", "on air from 6 to 8"),
            ("roof", "closed until the rain stops"),
            ("sewing", ""),
            ("tools", "borrowed, broken, found"),
        ],
        crowd: &[
            "Ada", "Ben", "Chloe", "Dan", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kofi",
            "Lena", "Mateo", "Nora", "Oskar", "Priya", "Rosa", "Samir", "Tove", "Yuki",
        ],
        initials: ["B", "K", "M"],
    },
    Play {
        tag: "zh",
        languages: "zh-CN",
        reader: "小雨",
        people: ["陈静", "赵敏", "Bo", "نور"],
        room: "工作间",
        topic: "暖气、水壶，还有半夜的服务器",
        lines: &[
            ("2026-11-16 16:20", Person(1), "后屋的暖气又停了。", None),
            ("2026-11-16 16:24", Person(0), "我给暖气买了一个新的定时器。", None),
            ("2026-11-17 10:05", Person(1), "定时器到了，装在暖气和插座之间。", None),
            ("2026-11-18 17:42", Person(1), "电烙铁放在桌上，已经凉了。", None),
            ("2026-11-18 17:43", Person(0), "谢谢！明天九点见。", None),
            ("2026-11-19 09:02", Person(0), "早上好！水烧上了，第二台服务器也恢复了。", None),
            (
                "2026-11-19 09:03",
                Person(1),
                "它每天四点都很慢，看这里 https://example.org/graph?from=4",
                None,
            ),
            ("2026-11-19 09:04", Person(2), "Maybe the backup, it starts at four.", None),
            ("2026-11-19 09:04", Person(3), "نعم، الثلاثة معا（三台一起）。", None),
            ("2026-11-19 09:05", Person(0), "小雨，你能看看定时器吗？", None),
            ("2026-11-19 09:06", Reader, "马上看。", None),
            (
                "2026-11-19 09:08",
                Reader,
                "找到了，三台同时开始：\n```\n0 4 * * *  backup --all\n```",
                None,
            ),
            ("2026-11-19 09:09", Person(1), "那我的改到五点。", Some(1)),
        ],
        meanwhile: ["我的改到四点半。", "喝咖啡吗？"],
        sent: "已发送",
        waits: "加牛奶，谢谢。",
        draft: "谁有钥匙",
        letters: ["小雨，有空吗？", "是给 Bo 过生日的事，别让他看到。"],
        letter_back: "有空。我带蛋糕，你带蜡烛？",
        sought: "定时器",
        empty_room: "阁楼",
        rooms: &[
            ("厨房", "星期五有汤"),
            ("花园", "谁浇水，什么时候浇"),
            ("图书室", ""),
            ("乐队", "星期二晚上八点，带耳塞"),
            ("自行车", ""),
            ("拼车", "进城和回来"),
            ("象棋", ""),
            ("合唱团", "新歌在文件夹里"),
            ("暗房", ""),
            ("急救", "课程和药箱"),
            ("夜班", ""),
            ("打印室", ""),
            ("广播站", "六点到八点播出"),
            ("屋顶", "雨停之前关闭"),
            ("缝纫", ""),
            ("工具", "借出、坏了、找到"),
        ],
        crowd: &[
            "伟", "秀英", "娜", "敏", "静", "丽", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛",
            "明", "超", "霞", "平", "刚", "桂英",
        ],
        initials: ["张", "刘", "陈"],
    },
];
