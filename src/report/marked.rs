//! Markdown in which only the program's own marks are marks.
//!
//! Words come from files: a site, a diagnosis, a reason. In Markdown a label may be a link, an image or raw HTML.
//! So marks are literals of the program ([`Marked::marks`]), and words mean nothing but themselves
//! ([`Marked::words`]).

use crate::study::text::readable;

/// A text in Markdown.
#[derive(Debug, Default)]
pub struct Marked(String);

impl Marked {
    /// Marks of the program: `## `, `- `, `**`, line ends, and its own sentences.
    pub fn marks(&mut self, marks: &'static str) -> &mut Marked {
        self.0.push_str(marks);
        self
    }

    /// Words as they are, on one line.
    pub fn words(&mut self, words: &str) -> &mut Marked {
        let text = escaped(words, self.is_line_start(), false);
        self.0.push_str(&text);
        self
    }

    /// A picture of the report with the words that stand for it.
    pub fn picture(&mut self, words: &str, id: &'static str) -> &mut Marked {
        self.0.push_str("![");
        self.0.push_str(&escaped(words, false, true));
        self.marks("](figures/").marks(id).marks(".png)")
    }

    /// The first lines of a table.
    pub fn header(&mut self, names: &[impl AsRef<str>]) -> &mut Marked {
        self.row(names);
        self.0.push('|');
        self.0.push_str(&" --- |".repeat(names.len()));
        self.marks("\n")
    }

    /// A line of a table; a bar within a cell does not end it.
    pub fn row(&mut self, cells: &[impl AsRef<str>]) -> &mut Marked {
        let in_cell = |cell: &str| escaped(cell, false, false).replace('|', "\\|");
        let cells: Vec<String> = cells.iter().map(|cell| in_cell(cell.as_ref())).collect();
        self.0.push_str(&format!("| {} |\n", cells.join(" | ")));
        self
    }

    /// The text.
    pub fn text(&self) -> String {
        readable(&self.0).into_owned()
    }

    /// Is nothing but marks on the line so far?
    fn is_line_start(&self) -> bool {
        let line = self.0.rsplit('\n').next().unwrap_or_default();
        line.chars()
            .all(|c| matches!(c, ' ' | '-' | '#' | '*' | '.') || c.is_ascii_digit())
    }
}

/// The words so that Markdown takes them as they are; `brackets` within the words for a picture too.
fn escaped(words: &str, is_line_start: bool, brackets: bool) -> String {
    let words: Vec<char> = words
        .chars()
        .map(|c| {
            if matches!(c, '\t' | '\n' | '\r') {
                ' '
            } else {
                c
            }
        })
        .collect();
    let begins_a_block = if is_line_start {
        block_start(&words)
    } else {
        None
    };
    let mut text = String::with_capacity(words.len());
    for (at, &c) in words.iter().enumerate() {
        if begins_a_block == Some(at) || brackets && matches!(c, '[' | ']') || is_mark(&words, at) {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// Where the mark is that makes a line a heading, a quotation, an item, a rule or the name of a link.
fn block_start(words: &[char]) -> Option<usize> {
    let start = words.iter().position(|c| *c != ' ')?;
    let digits = words[start..].iter().take_while(|c| c.is_ascii_digit());
    let after = start + digits.count();
    match words[start] {
        '#' | '>' | '-' | '+' | '=' | '|' | '[' => Some(start),
        _ if after == start => None,
        _ => matches!(words.get(after..)?, ['.' | ')'] | ['.' | ')', ' ', ..]).then_some(after),
    }
}

/// Would Markdown take this character for a mark?
fn is_mark(words: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).map(|at| words[at]);
    let rest = &words[at + 1..];
    let next = rest.first().copied();
    let is_in_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let is_gap = |c: Option<char>| c.is_none_or(char::is_whitespace);
    match words[at] {
        '\\' | '`' | '*' | '$' => true,
        '_' => !(is_in_word(before) && is_in_word(next)),
        '~' => !(is_gap(before) && is_gap(next)),
        '<' => next.is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')),
        '&' => {
            let name = rest
                .iter()
                .take_while(|c| c.is_ascii_alphanumeric() || **c == '#');
            rest.get(name.count()) == Some(&';')
        }
        '[' => next == Some('^'),
        ']' => matches!(next, Some('(' | '[')),
        // Addresses become links without any mark around them.
        ':' => matches!(rest, ['/', '/', ..]),
        '.' => matches!(words[..at], [.., 'w' | 'W', 'w' | 'W', 'w' | 'W']),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &str) -> String {
        Marked::default().marks("Group: ").words(words).text()["Group: ".len()..].to_owned()
    }

    #[test]
    fn labels_are_never_marks() {
        for (label, text) in [
            (
                "<img src=x onerror=alert(1)>",
                r"\<img src=x onerror=alert(1)>",
            ),
            ("</td><script>", r"\</td>\<script>"),
            ("<!-- x", r"\<!-- x"),
            (r"\<b>", r"\\\<b>"),
            ("[click](http://x.org)", r"[click\](http\://x.org)"),
            ("![x](y)", r"![x\](y)"),
            ("www.example.org", r"www\.example.org"),
            (
                "*bold* _slanted_ ~~gone~~",
                r"\*bold\* \_slanted\_ \~\~gone\~\~",
            ),
            ("`code` $x$", r"\`code\` \$x\$"),
            ("&lt;b&#62;", r"\&lt;b\&#62;"),
            ("two\nlines\r\n# three", "two lines  # three"),
            ("[^1]", r"\[^1]"),
        ] {
            assert_eq!(words(label), text, "{label}");
        }
    }

    #[test]
    fn words_of_a_report_stay_as_they_are() {
        for text in [
            "r = .30, 95 % interval [.20, .39], n = 350",
            "p < .001 and Q > 3",
            "relationship_rater: client − observer",
            "post ~ pre + alliance",
            "Elliott, Bohart & Murphy (2018)",
            "Dr. Who's, 5:1, a;b",
        ] {
            assert_eq!(words(text), text);
        }
    }

    #[test]
    fn a_label_at_the_start_of_a_line_begins_no_block() {
        let item = |label: &str| Marked::default().marks("\n- ").words(label).text();
        assert_eq!(item("# big"), "\n- \\# big");
        assert_eq!(item("> quoted"), "\n- \\> quoted");
        assert_eq!(item("1. first"), "\n- 1\\. first");
        assert_eq!(item("- item"), "\n- \\- item");
        assert_eq!(item("[a]: http"), "\n- \\[a]: http");
        assert_eq!(item("90.6 % of them"), "\n- 90.6 % of them");
        assert_eq!(item("3 of 4"), "\n- 3 of 4");
    }

    #[test]
    fn a_bar_in_a_cell_does_not_end_it_nor_a_bracket_a_picture() {
        let mut text = Marked::default();
        text.header(&["a", "b"])
            .row(&["x|y", r"\|"])
            .picture("[1]", "forest");
        assert_eq!(
            text.text(),
            "| a | b |\n| --- | --- |\n| x\\|y | \\\\\\| |\n![\\[1\\]](figures/forest.png)"
        );
    }
}
