//! Reading a request's text just far enough: where an INSERT ends and its data begin, which format
//! is asked for, and what is refused. The engine's own parser decides everything else.

use crate::exception::Exception;
use std::ops::Range;

/// What a scan of the text found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// The first words, in capitals: at most three.
    pub(crate) first_words: Vec<String>,
    /// The format named at the end of a statement without data.
    pub(crate) format: Option<String>,
    /// What follows the head of an INSERT.
    pub(crate) insert: Option<InsertSource>,
    /// Something stands behind a semicolon.
    pub(crate) is_many_statements: bool,
}

/// Where an INSERT takes its rows from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum InsertSource {
    /// From the data behind `FORMAT name`.
    Data {
        statement_end: usize,
        format: String,
        data_start: usize,
    },
    /// From the text itself: VALUES or SELECT.
    Text,
    /// The text ended before it said.
    Open,
}

impl Scan {
    /// Reads `text`. Stops at the data of an INSERT, which are no SQL.
    pub(crate) fn of(text: &[u8]) -> Result<Self, Exception> {
        let mut scan = Self::default();
        let mut tokens = Tokens { text, at: 0 };
        let first = tokens.clone().next();
        if first.is_some_and(|token| token.is_word(text, "INSERT")) {
            scan.first_words.push("INSERT".into());
            scan.insert = Some(scan_insert(&mut tokens)?);
            return Ok(scan);
        }
        scan.read_query(tokens)?;
        Ok(scan)
    }

    /// Whether the text is nothing but blanks and comments.
    pub(crate) fn is_empty(&self) -> bool {
        self.first_words.is_empty()
    }

    /// Whether the statement starts with these words.
    pub(crate) fn starts_with(&self, words: &[&str]) -> bool {
        self.first_words
            .iter()
            .map(String::as_str)
            .take(words.len())
            .eq(words.iter().copied())
    }

    fn read_query(&mut self, mut tokens: Tokens<'_>) -> Result<(), Exception> {
        let text = tokens.text;
        let mut depth = 0_i32;
        let mut is_finished = false;
        while let Some(token) = tokens.next() {
            if token.kind == Kind::Symbol(b';') {
                is_finished = true;
                continue;
            }
            self.is_many_statements |= is_finished;
            depth += token.depth_change();
            if self.first_words.len() < 3 {
                self.first_words.push(token.capitals(text));
            }
            if depth > 0 || token.kind != Kind::Word {
                continue;
            }
            if token.is_word(text, "INTO") && tokens.peek_is("OUTFILE") {
                let message = "INTO OUTFILE is not allowed over HTTP: read the answer instead";
                return Err(Exception::new(358, "INTO_OUTFILE_NOT_ALLOWED", message));
            }
            if token.is_word(text, "FORMAT") {
                self.format = tokens.trailing_format().or(self.format.take());
            }
        }
        Ok(())
    }
}

/// Finds the end of an INSERT's head. Names are stepped over, so a table may be called `values`.
fn scan_insert(tokens: &mut Tokens<'_>) -> Result<InsertSource, Exception> {
    let text = tokens.text;
    tokens.next();
    for word in ["INTO", "TABLE", "FUNCTION"] {
        if tokens.peek_is(word) {
            tokens.next();
        }
    }
    tokens.next();
    while tokens.peek_is_symbol(b'.') {
        tokens.next();
        tokens.next();
    }
    let mut depth = 0_i32;
    while let Some(token) = tokens.next() {
        depth += token.depth_change();
        if depth > 0 || token.kind != Kind::Word {
            continue;
        }
        match token.capitals(text).as_str() {
            "FROM" if tokens.peek_is("INFILE") => {
                let message = "FROM INFILE is not allowed over HTTP: send the data in the body";
                return Err(Exception::not_implemented(message));
            }
            "VALUES" | "SELECT" | "WITH" | "FROM" => return Ok(InsertSource::Text),
            "FORMAT" => return Ok(insert_format(tokens, token.place.start)),
            _ => {}
        }
    }
    Ok(InsertSource::Open)
}

fn insert_format(tokens: &mut Tokens<'_>, statement_end: usize) -> InsertSource {
    let text = tokens.text;
    let Some(name) = tokens.next() else {
        return InsertSource::Open;
    };
    let format = name.string(text);
    if format.eq_ignore_ascii_case("VALUES") {
        return InsertSource::Text;
    }
    InsertSource::Data {
        statement_end,
        format,
        data_start: skip_line_end(text, name.place.end),
    }
}

/// Data begin after the blanks and at most one line end behind the format's name.
fn skip_line_end(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t' | 0x0c)) {
        at += 1;
    }
    if text.get(at) == Some(&b'\r') && text.get(at + 1) == Some(&b'\n') {
        return at + 2;
    }
    if text.get(at) == Some(&b'\n') {
        at + 1
    } else {
        at
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    /// A string, a quoted name or a heredoc.
    Quoted,
    Symbol(u8),
}

#[derive(Debug, Clone)]
struct Token {
    kind: Kind,
    place: Range<usize>,
}

impl Token {
    fn bytes<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.place.clone()).unwrap_or_default()
    }

    fn string(&self, text: &[u8]) -> String {
        String::from_utf8_lossy(self.bytes(text)).into_owned()
    }

    fn capitals(&self, text: &[u8]) -> String {
        self.string(text).to_ascii_uppercase()
    }

    fn is_word(&self, text: &[u8], word: &str) -> bool {
        self.kind == Kind::Word && self.bytes(text).eq_ignore_ascii_case(word.as_bytes())
    }

    fn depth_change(&self) -> i32 {
        match self.kind {
            Kind::Symbol(b'(' | b'[' | b'{') => 1,
            Kind::Symbol(b')' | b']' | b'}') => -1,
            _ => 0,
        }
    }
}

/// The tokens of a text, without blanks and comments.
#[derive(Clone)]
struct Tokens<'a> {
    text: &'a [u8],
    at: usize,
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_blanks();
        let start = self.at;
        let first = *self.text.get(start)?;
        let rest = self.text.get(start..)?;
        let (kind, length) = match first {
            b'\'' | b'"' | b'`' => (Kind::Quoted, quoted_length(rest, first)),
            b'$' => heredoc_length(rest).map_or((Kind::Symbol(b'$'), 1), |n| (Kind::Quoted, n)),
            _ if is_word_byte(first) => (
                Kind::Word,
                rest.iter().take_while(|byte| is_word_byte(**byte)).count(),
            ),
            symbol => (Kind::Symbol(symbol), 1),
        };
        self.at = start + length;
        Some(Token {
            kind,
            place: start..self.at,
        })
    }
}

impl Tokens<'_> {
    fn peek_is(&self, word: &str) -> bool {
        self.clone()
            .next()
            .is_some_and(|token| token.is_word(self.text, word))
    }

    fn peek_is_symbol(&self, symbol: u8) -> bool {
        self.clone()
            .next()
            .is_some_and(|token| token.kind == Kind::Symbol(symbol))
    }

    /// The name behind the word FORMAT, when it is the clause that ends a statement and not a
    /// column of that name.
    fn trailing_format(&self) -> Option<String> {
        let mut ahead = self.clone();
        let name = ahead.next().filter(|token| token.kind == Kind::Word)?;
        let is_last = match ahead.next() {
            None => true,
            Some(token) => token.kind == Kind::Symbol(b';') || token.is_word(self.text, "SETTINGS"),
        };
        is_last.then(|| name.string(self.text))
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let length = match rest {
                [byte, ..] if byte.is_ascii_whitespace() || *byte == 0x0b => 1,
                [b'-', b'-', ..] | [b'#', b' ' | b'!', ..] => length_through(rest, b"\n", 2),
                [b'/', b'*', ..] => length_through(rest, b"*/", 2),
                _ => return,
            };
            self.at += length;
        }
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Bytes up to and with the next `end` at or after `from`; all of them when there is none.
fn length_through(rest: &[u8], end: &[u8], from: usize) -> usize {
    let tail = rest.get(from..).unwrap_or_default();
    let found = tail.windows(end.len()).position(|window| window == end);
    found.map_or(rest.len(), |at| from + at + end.len())
}

fn quoted_length(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match *byte {
            b'\\' => at += 2,
            // A doubled quote inside is one quote; read as two strings it ends at the same place.
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of `$tag$ … $tag$`.
fn heredoc_length(rest: &[u8]) -> Option<usize> {
    let tag_length = 2 + rest
        .get(1..)?
        .iter()
        .take_while(|byte| is_word_byte(**byte))
        .count();
    let tag = rest.get(..tag_length).filter(|tag| tag.ends_with(b"$"))?;
    Some(length_through(rest, tag, tag_length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data_of(text: &str) -> (String, String, String) {
        match Scan::of(text.as_bytes()).unwrap().insert {
            Some(InsertSource::Data {
                statement_end,
                format,
                data_start,
            }) => (
                text[..statement_end].to_owned(),
                format,
                text[data_start..].to_owned(),
            ),
            other => panic!("{text}: {other:?}"),
        }
    }

    fn owned(parts: (&str, &str, &str)) -> (String, String, String) {
        (parts.0.into(), parts.1.into(), parts.2.into())
    }

    #[test]
    fn data_begin_after_one_line_end() {
        assert_eq!(
            data_of("INSERT INTO t FORMAT CSV\n\n1"),
            owned(("INSERT INTO t ", "CSV", "\n1"))
        );
        assert_eq!(
            data_of("insert into t format CSV \r\n1"),
            owned(("insert into t ", "CSV", "1"))
        );
        assert_eq!(
            data_of("INSERT INTO t FORMAT CSV 1,2"),
            owned(("INSERT INTO t ", "CSV", "1,2"))
        );
        assert_eq!(
            data_of("INSERT INTO t FORMAT CSV"),
            owned(("INSERT INTO t ", "CSV", ""))
        );
    }

    #[test]
    fn names_strings_and_comments_hide_the_word_format() {
        let text = "/* FORMAT a */ INSERT INTO `d`.format (`format`, b) -- FORMAT c\n\
                    SETTINGS x = 'FORMAT d' FORMAT Native\nFORMAT e";
        let (_, format, data) = data_of(text);
        assert_eq!((format.as_str(), data.as_str()), ("Native", "FORMAT e"));
        let (statement, ..) = data_of("INSERT INTO values (a) FORMAT RowBinary\n");
        assert_eq!(statement, "INSERT INTO values (a) ");
    }

    #[test]
    fn values_and_select_carry_their_rows_in_the_text() {
        for text in [
            "INSERT INTO t VALUES (1)",
            "INSERT INTO t (a) FORMAT Values (1)",
            "INSERT INTO t SELECT 1 FORMAT CSV",
            "INSERT INTO t WITH 1 AS a SELECT a",
            "INSERT INTO FUNCTION remote('a', b) SELECT 1",
        ] {
            assert_eq!(
                Scan::of(text.as_bytes()).unwrap().insert,
                Some(InsertSource::Text),
                "{text}"
            );
        }
        let open = Scan::of(b"INSERT INTO t (a)").unwrap();
        assert_eq!(open.insert, Some(InsertSource::Open));
    }

    #[test]
    fn only_a_trailing_clause_names_the_format() {
        let format = |text: &str| Scan::of(text.as_bytes()).unwrap().format;
        assert_eq!(format("SELECT 1 FORMAT JSON"), Some("JSON".into()));
        assert_eq!(format("SELECT 1 format JSON ; -- end"), Some("JSON".into()));
        assert_eq!(
            format("SELECT 1 FORMAT CSV SETTINGS a = 1"),
            Some("CSV".into())
        );
        assert_eq!(format("SELECT format FROM t"), None);
        assert_eq!(format("SELECT 'FORMAT JSON', (SELECT 1 AS format)"), None);
    }

    #[test]
    fn a_second_statement_is_seen_but_not_a_last_semicolon() {
        let is_many = |text: &str| Scan::of(text.as_bytes()).unwrap().is_many_statements;
        assert!(is_many("SELECT 1; SELECT 2"));
        assert!(!is_many("SELECT ';'; -- SELECT 2"));
        assert!(Scan::of(b" -- x\n/* y */").unwrap().is_empty());
    }

    #[test]
    fn files_of_the_server_are_refused() {
        assert_eq!(
            Scan::of(b"SELECT 1 INTO OUTFILE 'x'").unwrap_err().code,
            358
        );
        assert_eq!(
            Scan::of(b"INSERT INTO t FROM INFILE 'x' FORMAT CSV")
                .unwrap_err()
                .code,
            48
        );
    }

    #[test]
    fn quotes_heredocs_and_escapes_end_where_the_engine_ends_them() {
        let first = |text: &str| Scan::of(text.as_bytes()).unwrap();
        assert!(!first(r"SELECT 'a\'; b', 'c''; d', `e``; f`").is_many_statements);
        assert!(!first("SELECT $x$ ; FORMAT y $x$").is_many_statements);
    }
}
