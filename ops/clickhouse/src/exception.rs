//! Errors as ClickHouse tells them to its clients: a code, a text, an HTTP status.

use axum::http::StatusCode;

/// Most of an error that is written behind data already sent, message and frame together; clients
/// search no further back.
const TAGGED_BLOCK_BYTES_MAX: usize = 16 * 1024;

/// What the engine says without a code of its own is reported as this (`UNKNOWN_EXCEPTION`).
const CODE_UNKNOWN: u32 = 1002;

const CODE_PREFIX: &str = "Code: ";
const EXCEPTION_PREFIX: &str = "DB::Exception: ";

/// A failed request, with the code clients branch on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub(crate) struct Exception {
    pub(crate) code: u32,
    /// `Code: N. DB::Exception: what happened. (NAME)`, without the version.
    pub(crate) text: String,
}

impl Exception {
    /// An error of this server's own.
    pub(crate) fn new(code: u32, name: &str, message: &str) -> Self {
        let text = format!("{CODE_PREFIX}{code}. {EXCEPTION_PREFIX}{message}. ({name})");
        Self { code, text }
    }

    /// What none of the supported clients needs.
    pub(crate) fn not_implemented(message: &str) -> Self {
        Self::new(48, "NOT_IMPLEMENTED", message)
    }

    /// An error in the request itself.
    pub(crate) fn bad_arguments(message: &str) -> Self {
        Self::new(36, "BAD_ARGUMENTS", message)
    }

    /// Reads the engine's text. The engine wraps an error in itself once per layer it passes, each
    /// with the same prefix and name; only the innermost says what happened.
    pub(crate) fn from_engine(raw: &str) -> Self {
        let mut innermost = raw.trim();
        let Some((mut code, mut message)) = split_code(innermost) else {
            return Self::new(CODE_UNKNOWN, "UNKNOWN_EXCEPTION", innermost);
        };
        while let Some((inner_code, inner_message)) = split_code(message) {
            innermost = message;
            code = inner_code;
            message = inner_message;
        }
        let end = innermost.find(") (version ").map(|at| at + 1);
        let text = innermost.get(..end.unwrap_or(innermost.len()));
        Self {
            code,
            text: text.unwrap_or(innermost).to_owned(),
        }
    }

    /// The status ClickHouse gives to the code.
    pub(crate) fn status(&self) -> StatusCode {
        match self.code {
            194 => StatusCode::UNAUTHORIZED,
            192 | 193 | 497 | 512 | 516 => StatusCode::FORBIDDEN,
            6 | 8 | 15 | 25 | 26 | 27 | 36 | 37 | 38 | 41 | 44 | 53 | 62 | 72 | 117 | 123 | 167
            | 168 | 223 | 321 | 376 | 427 | 441 | 675 | 676 => StatusCode::BAD_REQUEST,
            46 | 47 | 50 | 56 | 60 | 63 | 73 | 78 | 81 | 115 | 152 | 336 | 511 => {
                StatusCode::NOT_FOUND
            }
            159 => StatusCode::REQUEST_TIMEOUT,
            381 => StatusCode::LENGTH_REQUIRED,
            229 => StatusCode::PAYLOAD_TOO_LARGE,
            415 | 779 => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            48 => StatusCode::NOT_IMPLEMENTED,
            76 | 202 | 209 | 439 => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The body of an error answer.
    pub(crate) fn body(&self, version: &str) -> String {
        format!("{} (version {version} (official build))\n", self.text)
    }

    /// The block that ends a body whose first bytes have been sent with status 200.
    pub(crate) fn tagged_block(&self, version: &str, tag: &str) -> Vec<u8> {
        let mut message = self.body(version);
        // The frame around the message is below 128 bytes: two marks, two tags, a decimal length.
        let message_bytes_max = TAGGED_BLOCK_BYTES_MAX - 128;
        if message.len() > message_bytes_max {
            message.truncate(message.floor_char_boundary(message_bytes_max));
            message.push('\n');
        }
        let length = message.len();
        format!("\r\n__exception__\r\n{tag}\r\n{message}{length} {tag}\r\n__exception__\r\n")
            .into_bytes()
    }
}

/// Splits `Code: N. DB::Exception: rest`.
fn split_code(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.strip_prefix(CODE_PREFIX)?.split_once(". ")?;
    let code = digits.parse().ok()?;
    Some((code, rest.strip_prefix(EXCEPTION_PREFIX)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_error_keeps_its_code_and_text() {
        let raw = "Code: 60. DB::Exception: Table default.nope does not exist. (UNKNOWN_TABLE)";
        let exception = Exception::from_engine(raw);
        assert_eq!((exception.code, exception.text.as_str()), (60, raw));
        assert_eq!(
            exception.body("26.7.2.1"),
            format!("{raw} (version 26.7.2.1 (official build))\n")
        );
    }

    #[test]
    fn a_nested_error_is_peeled_to_the_innermost() {
        let raw = "Code: 73. DB::Exception: Code: 115. DB::Exception: Unknown setting 'x'. \
                   (UNKNOWN_SETTING) (version 26.7.2.1). (UNKNOWN_SETTING)";
        let exception = Exception::from_engine(raw);
        assert_eq!(exception.code, 115);
        assert_eq!(
            exception.text,
            "Code: 115. DB::Exception: Unknown setting 'x'. (UNKNOWN_SETTING)"
        );
    }

    #[test]
    fn a_text_without_code_is_an_unknown_exception() {
        let exception = Exception::from_engine("No active streaming query");
        assert_eq!(exception.code, 1002);
        assert_eq!(exception.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn codes_map_to_the_statuses_clients_branch_on() {
        for (code, status) in [
            (516, 403),
            (62, 400),
            (117, 400),
            (60, 404),
            (81, 404),
            (115, 404),
            (159, 408),
            (381, 411),
            (48, 501),
            (209, 503),
            (164, 500),
            (241, 500),
            (395, 500),
            (456, 500),
        ] {
            let exception = Exception {
                code,
                text: String::new(),
            };
            assert_eq!(exception.status().as_u16(), status, "code {code}");
        }
    }

    #[test]
    fn a_tagged_block_counts_its_message_with_the_line_end() {
        let exception = Exception::new(395, "THROW", "no");
        let block = exception.tagged_block("1", "abcdefghijklmnop");
        let message = "Code: 395. DB::Exception: no. (THROW) (version 1 (official build))\n";
        let length = message.len();
        let expected = format!(
            "\r\n__exception__\r\nabcdefghijklmnop\r\n{message}{length} abcdefghijklmnop\r\n__exception__\r\n"
        );
        assert_eq!(String::from_utf8(block).unwrap(), expected);
    }

    #[test]
    fn a_long_message_is_cut_so_that_the_block_stays_below_its_bound() {
        let exception = Exception::new(395, "THROW", &"ä".repeat(20_000));
        let block = exception.tagged_block("1", "abcdefghijklmnop");
        assert!(
            block.len() <= TAGGED_BLOCK_BYTES_MAX,
            "{} bytes",
            block.len()
        );
    }
}
