//! Small charts in text: a guess beside what was measured, here and elsewhere. The lab draws its
//! bars by them, too.
//!
//! Owns: how the figures for one question are drawn.
//! Must not know: where the figures come from.
//!
//! Part: `learn/mod.rs`.

use super::lesson::Number;

/// The longest bar, in columns. With the words beside it a line has at most 80 columns.
const WIDTH: usize = 40;

/// Draws the guess, if there is one, what was measured here, and what the page's machine has
/// measured. The bars begin at zero, and the longest one fills the line.
pub(super) fn drawn(
    number: &Number,
    guess: Option<f64>,
    measured: f64,
    elsewhere: Option<f64>,
) -> String {
    let greatest = guess.unwrap_or(0.0).max(measured).max(elsewhere.unwrap_or(0.0));
    let line = |who: &str, value: f64| {
        let figure = format!("{} {}", figure(value), number.unit);
        format!("    {who:<10} {figure:>18}  {}\n", bar(value, greatest, WIDTH))
    };
    let mut text = format!("  {}\n", number.question);
    match guess {
        Some(guess) => text.push_str(&line("your guess", guess)),
        None => text.push_str("    your guess                  -\n"),
    }
    text.push_str(&line("measured", measured));
    if let Some(value) = elsewhere {
        text.push_str(&line("elsewhere", value));
    }
    if let Some(ratio) = guess.and_then(|guess| ratio(guess, measured)) {
        text.push_str(&format!("    {ratio}\n"));
    }
    if !number.bounds.contains(&measured) {
        text.push_str(&format!(
            "    Most machines measure {} to {}. Is this one very busy? Run the lesson again.\n",
            figure(*number.bounds.start()),
            figure(*number.bounds.end()),
        ));
    }
    text
}

/// Draws a bar. If the value is the greatest one, the bar has `width` columns.
pub(crate) fn bar(value: f64, greatest: f64, width: usize) -> String {
    let columns = if greatest > 0.0 { (value / greatest * width as f64).round() } else { 0.0 };
    // What is not zero is to be seen.
    let columns = if value > 0.0 { columns.max(1.0) } else { 0.0 };
    (0..width).take_while(|&column| (column as f64) < columns).map(|_| '#').collect()
}

/// Says how far the guess is off, if that is worth a word.
fn ratio(guess: f64, measured: f64) -> Option<String> {
    let (less, more) = if guess < measured { (guess, measured) } else { (measured, guess) };
    if less <= 0.0 || more / less < 2.0 {
        return None;
    }
    let times = figure((more / less).round());
    Some(if guess < measured {
        format!("That is {times} times your guess.")
    } else {
        format!("Your guess was {times} times as much.")
    })
}

/// Writes a number with a comma between the thousands: `2,911`.
pub(crate) fn figure(value: f64) -> String {
    if value.fract() != 0.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let (sign, digits) = digits.strip_prefix('-').map_or(("", &*digits), |rest| ("-", rest));
    let mut text = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number() -> Number {
        Number { name: "timeout_ms", unit: "ms", bounds: 2500.0..=6000.0, question: "How long?" }
    }

    #[test]
    fn the_longest_bar_fills_the_line_and_the_others_are_in_proportion() {
        let text = drawn(&number(), Some(750.0), 3000.0, Some(1500.0));
        let bars: Vec<_> = text.lines().map(|line| line.matches('#').count()).collect();
        assert_eq!(bars, [0, 10, 40, 20, 0]);
        assert!(text.contains("That is 4 times your guess."), "{text}");
        assert!(text.contains("3,000 ms"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }

    #[test]
    fn a_number_of_a_very_busy_machine_is_told_as_one() {
        let told = |measured| drawn(&number(), None, measured, None);
        assert!(told(9000.0).contains("Most machines measure 2,500 to 6,000."));
        assert!(!told(3000.0).contains("Most machines"));
    }

    #[test]
    fn figures_have_commas_between_thousands() {
        let figures = [0.0, 999.0, 1000.0, 1_234_567.0, -1000.0, 0.25].map(figure);
        assert_eq!(figures, ["0", "999", "1,000", "1,234,567", "-1,000", "0.25"]);
    }
}
