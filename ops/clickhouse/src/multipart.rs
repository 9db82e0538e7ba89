//! Requests as `multipart/form-data`: the query and its parameters as form fields.

use crate::exception::Exception;

/// The fields of a form, in order.
pub(crate) type Fields = Vec<(String, Vec<u8>)>;

/// The boundary that a Content-Type of multipart names.
pub(crate) fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let mut named = parameters
        .split(';')
        .filter_map(|part| part.trim().split_once('='));
    let (_, value) = named.find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    Some(value.trim_matches('"'))
}

/// Reads the fields of a form.
pub(crate) fn fields(body: &[u8], boundary: &str) -> Result<Fields, Exception> {
    let mark = format!("\r\n--{boundary}");
    let mut fields = Fields::new();
    let opening = mark.get(2..).unwrap_or_default();
    let mut rest = body
        .strip_prefix(opening.as_bytes())
        .ok_or_else(malformed)?;
    while !rest.starts_with(b"--") {
        rest = rest.strip_prefix(b"\r\n").ok_or_else(malformed)?;
        let (headers, after) = split(rest, b"\r\n\r\n").ok_or_else(malformed)?;
        let (content, next) = split(after, mark.as_bytes()).ok_or_else(malformed)?;
        fields.push((field_name(headers).ok_or_else(malformed)?, content.to_vec()));
        rest = next;
    }
    Ok(fields)
}

fn split<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes
        .windows(mark.len())
        .position(|window| window == mark)?;
    Some((bytes.get(..at)?, bytes.get(at + mark.len()..)?))
}

fn field_name(headers: &[u8]) -> Option<String> {
    let headers = String::from_utf8_lossy(headers);
    let disposition = headers.lines().find(|line| {
        let name = line.split(':').next().unwrap_or_default();
        name.eq_ignore_ascii_case("content-disposition")
    })?;
    let mut named = disposition
        .split(';')
        .filter_map(|part| part.trim().split_once('='));
    let (_, value) = named.find(|(name, _)| name.eq_ignore_ascii_case("name"))?;
    Some(value.trim_matches('"').to_owned())
}

fn malformed() -> Exception {
    Exception::bad_arguments("The multipart body is malformed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_bytes_and_order() {
        let body = b"--xyz\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\nSELECT {a:String}\r\n\
            --xyz\r\ncontent-disposition: form-data; name=\"param_a\"\r\nContent-Type: text/plain\r\n\r\n\
            x\r\n\r\n--y\r\n--xyz--\r\n";
        let read = fields(body, "xyz").unwrap();
        assert_eq!(read[0], ("query".into(), b"SELECT {a:String}".to_vec()));
        assert_eq!(read[1], ("param_a".into(), b"x\r\n\r\n--y".to_vec()));
    }

    #[test]
    fn the_boundary_may_be_quoted() {
        assert_eq!(
            boundary("multipart/form-data; boundary=\"a b\""),
            Some("a b")
        );
        assert_eq!(
            boundary("Multipart/Form-Data; charset=x; boundary=abc"),
            Some("abc")
        );
        assert_eq!(boundary("text/plain; boundary=abc"), None);
    }

    #[test]
    fn a_form_cut_short_is_refused() {
        assert_eq!(fields(b"--xyz\r\nContent-Dis", "xyz").unwrap_err().code, 36);
    }
}
