//! From a complete request to the engine's calls. Runs on a blocking thread.

use crate::{
    compression::{Encoding, decoder, read_failed},
    engine::{Call, Class, Connection, Statistics},
    exception::Exception,
    insert::{self, InsertPlan},
    multipart,
    output::{Output, Stop},
    request::Request,
    server::{Admission, Server},
    session::Workspace,
    spool::Spool,
    statement::{InsertSource, Scan},
};
use bytes::Bytes;
use std::io::{self, Cursor, Read};

/// Where the data of an INSERT begin is looked for in so many bytes, as the server does with its
/// `max_query_size`.
const STATEMENT_BYTES_MAX: u64 = 256 << 10;

/// The whole text of a statement, with VALUES. Beyond: 413.
pub(crate) const TEXT_BYTES_MAX: u64 = 64 << 20;

/// Formats whose pieces, one after the other, are the whole. Others are made in one piece, within
/// the engine's memory limit.
const STREAMED: [&str; 8] = [
    "tabseparated",
    "tsv",
    "csv",
    "rowbinary",
    "native",
    "jsoneachrow",
    "jsoncompacteachrow",
    HEADED,
];
/// The streamed format that repeats a header in each piece.
const HEADED: &str = "rowbinarywithnamesandtypes";

/// What makes a document more than its rows, so that its pieces do not join.
const UNSTREAMED: [&str; 3] = ["totals", "extremes", "array_of_rows"];

/// A request with all that is needed to answer it.
pub(crate) struct Job {
    pub(crate) request: Request,
    pub(crate) body: Spool,
    pub(crate) output: Output,
    /// Given back before the end of the answer is sent.
    pub(crate) admission: Admission,
}

/// What a request's text asks for.
enum Plan {
    Insert(InsertPlan),
    Text { sql: Vec<u8>, scan: Scan },
}

/// Answers a request.
pub(crate) fn execute(server: &Server, job: Job) {
    let Job {
        mut request,
        body,
        mut output,
        admission,
    } = job;
    let result = run(server, &mut request, body, &mut output);
    if let Err(Stop::Failed(exception)) = result {
        tracing::debug!(
            query_id = request.query_id,
            code = exception.code,
            "request failed"
        );
        output.fail(exception);
    }
    drop(admission);
    output.deliver();
    server.open_ahead(&request);
}

fn run(
    server: &Server,
    request: &mut Request,
    body: Spool,
    output: &mut Output,
) -> Result<(), Stop> {
    let plan = plan(request, body)?;
    let mut workspace = server.workspace(request)?;
    match plan {
        Plan::Insert(_) if request.is_readonly => Err(readonly().into()),
        Plan::Insert(plan) => {
            workspace.prepare(request)?;
            let statistics = insert::run(workspace.connection()?, plan, &request.parameters)?;
            output.begin(None, statistics)?.finish()
        }
        Plan::Text { sql, scan } => run_text(server, request, workspace, (&sql, &scan), output),
    }
}

fn plan(request: &mut Request, body: Spool) -> Result<Plan, Exception> {
    let is_empty = body.is_empty();
    let mut body = open_body(request, body).map_err(|error| read_failed(&error))?;
    if let Some(boundary) = request.boundary.take() {
        let form = read_text(Vec::new(), &mut body)?;
        request.take_fields(multipart::fields(&form, &boundary)?)?;
    }
    let text = std::mem::take(&mut request.query);
    let in_url = Scan::of(&text)?.insert;
    if let (Some(InsertSource::Open), Some(format)) = (&in_url, &request.default_format) {
        let format = format.clone();
        return Ok(Plan::Insert(InsertPlan {
            statement: text,
            format,
            data: body,
        }));
    }
    let (mut text, mut body) = match split_insert(in_url, text, body) {
        Ok(plan) => return Ok(Plan::Insert(plan)),
        Err(parts) => parts,
    };
    if !text.is_empty() && !is_empty {
        text.push(b'\n');
    }
    let taken = body
        .by_ref()
        .take(STATEMENT_BYTES_MAX)
        .read_to_end(&mut text);
    taken.map_err(|error| read_failed(&error))?;
    let in_text = Scan::of(&text)?.insert;
    let (text, mut body) = match split_insert(in_text, text, body) {
        Ok(plan) => return Ok(Plan::Insert(plan)),
        Err(parts) => parts,
    };
    let sql = read_text(text, &mut body)?;
    let scan = Scan::of(&sql)?;
    Ok(Plan::Text { sql, scan })
}

fn open_body(request: &Request, body: Spool) -> io::Result<Box<dyn Read + Send>> {
    if body.is_empty() {
        return Ok(Box::new(io::empty()));
    }
    let native = if request.has_native_body {
        Encoding::Native
    } else {
        Encoding::Plain
    };
    decoder(decoder(body.into_reader(), request.body_encoding)?, native)
}

/// Cuts the text where its data begin; gives it back when they do not.
fn split_insert(
    source: Option<InsertSource>,
    mut text: Vec<u8>,
    body: Box<dyn Read + Send>,
) -> Result<InsertPlan, (Vec<u8>, Box<dyn Read + Send>)> {
    let Some(InsertSource::Data {
        statement_end,
        format,
        data_start,
    }) = source
    else {
        return Err((text, body));
    };
    let first = text.split_off(data_start);
    text.truncate(statement_end);
    let data = Box::new(Cursor::new(first).chain(body));
    Ok(InsertPlan {
        statement: text,
        format,
        data,
    })
}

fn read_text(mut text: Vec<u8>, body: &mut impl Read) -> Result<Vec<u8>, Exception> {
    let allowed = TEXT_BYTES_MAX.saturating_sub(text.len() as u64);
    let taken = body.by_ref().take(allowed + 1).read_to_end(&mut text);
    taken.map_err(|error| read_failed(&error))?;
    if text.len() as u64 > TEXT_BYTES_MAX {
        let message = format!("The text exceeds {TEXT_BYTES_MAX} bytes: send rows behind FORMAT");
        return Err(Exception::new(229, "QUERY_IS_TOO_LARGE", &message));
    }
    Ok(text)
}

fn run_text(
    server: &Server,
    request: &Request,
    mut workspace: Workspace,
    (sql, scan): (&[u8], &Scan),
    output: &mut Output,
) -> Result<(), Stop> {
    let analysis = workspace.connection()?.classify(sql);
    if scan.is_empty() {
        return Err(Exception::new(62, "SYNTAX_ERROR", "Empty query").into());
    }
    if scan.is_many_statements || analysis.statement_count > 1 {
        let message = "Multi-statements are not allowed: send one statement at a time";
        return Err(Exception::new(62, "SYNTAX_ERROR", message).into());
    }
    if request.is_readonly {
        workspace = readonly_workspace(server, request, workspace, (analysis.class, scan))?;
    }
    if workspace.is_session() && scan.starts_with(&["SET"]) {
        workspace.uncover()?;
    } else {
        workspace.prepare(request)?;
    }
    let answered = answer(
        request,
        workspace.connection()?,
        (sql, scan, analysis.class),
        output,
    );
    if analysis.class != Class::Read {
        server.ahead.forget();
    }
    answered?;
    if scan.starts_with(&["USE"]) {
        workspace.note_database()?;
    }
    Ok(())
}

/// Reads pass, writes do not, and what lies between is left to a connection that cannot write. A
/// session's own connection may still change what ends with the session.
fn readonly_workspace(
    server: &Server,
    request: &Request,
    workspace: Workspace,
    (class, scan): (Class, &Scan),
) -> Result<Workspace, Exception> {
    let changes_session_only = [["SET"].as_slice(), &["USE"], &["CREATE", "TEMPORARY"]]
        .iter()
        .any(|words| scan.starts_with(words));
    match class {
        Class::Read => Ok(workspace),
        Class::Write => Err(readonly()),
        Class::Control if workspace.is_session() && changes_session_only => Ok(workspace),
        Class::Control | Class::Unknown => server.readonly_workspace(request),
    }
}

fn readonly() -> Exception {
    let message = "Cannot execute query in readonly mode: send it with POST";
    Exception::new(164, "READONLY", message)
}

fn answer(
    request: &Request,
    connection: &mut Connection,
    (sql, scan, class): (&[u8], &Scan, Class),
    output: &mut Output,
) -> Result<(), Stop> {
    let named = scan.format.as_ref().or(request.default_format.as_ref());
    let format = named.map_or("TabSeparated", String::as_str);
    let call = Call {
        sql,
        format,
        parameters: &request.parameters,
    };
    if class == Class::Read && is_streamed(request, scan, sql, format) {
        return stream(connection, call, output);
    }
    let answer = connection.query(call)?;
    let statistics = answer.statistics();
    let data = Bytes::from_owner(answer);
    let has_result = class == Class::Read || !data.is_empty();
    let mut writer = output.begin(has_result.then(|| format.to_owned()), statistics)?;
    writer.write(data)?;
    writer.finish()
}

fn is_streamed(request: &Request, scan: &Scan, sql: &[u8], format: &str) -> bool {
    let format = format.to_ascii_lowercase();
    let starts = [["SELECT"], ["WITH"], ["("]];
    if request.waits_for_end
        || !STREAMED.contains(&format.as_str())
        || !starts.iter().any(|words| scan.starts_with(words))
    {
        return false;
    }
    let names = |word: &&str| request.settings.iter().any(|(name, _)| name.contains(word));
    let says = |word: &&str| {
        sql.windows(word.len())
            .any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
    };
    !UNSTREAMED.iter().any(|word| names(word) || says(word))
}

fn stream(connection: &mut Connection, call: Call<'_>, output: &mut Output) -> Result<(), Stop> {
    let mut pieces = connection.stream(call)?;
    let mut writer = output.begin(Some(call.format.to_owned()), Statistics::default())?;
    let is_headed = call.format.eq_ignore_ascii_case(HEADED);
    let mut header = None;
    loop {
        let piece = match pieces.next_piece() {
            Ok(Some(piece)) => piece,
            Ok(None) => return writer.finish(),
            Err(exception) => return Err(writer.fail(exception)),
        };
        writer.count(piece.statistics());
        let mut data = Bytes::from_owner(piece);
        if is_headed {
            match &header {
                None => header = data.get(..header_length(&data)).map(<[u8]>::to_vec),
                Some(header) if data.starts_with(header) => data = data.slice(header.len()..),
                Some(_) => {}
            }
        }
        writer.write(data)?;
    }
}

/// The length of a header with names and types: a count, then so many names and so many types.
fn header_length(data: &[u8]) -> usize {
    let mut rest = data;
    let columns = read_varint(&mut rest);
    for _ in 0..columns.saturating_mul(2) {
        let length = usize::try_from(read_varint(&mut rest)).unwrap_or(usize::MAX);
        let Some(after) = rest.get(length..) else {
            return data.len();
        };
        rest = after;
    }
    data.len() - rest.len()
}

fn read_varint(rest: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let Some((first, after)) = rest.split_first() else {
            break;
        };
        *rest = after;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_ends_where_the_rows_begin() {
        let header = b"\x02\x06number\x01s\x06UInt64\x06String".as_slice();
        let rows = b"\x00\x00\x00\x00\x00\x00\x00\x00\x010".as_slice();
        assert_eq!(header_length(&[header, rows].concat()), header.len());
        assert_eq!(header_length(header), header.len());
        let long_name = "n".repeat(300);
        let long = [b"\x01\xac\x02", long_name.as_bytes(), b"\x05UInt8"].concat();
        assert_eq!(header_length(&[long.as_slice(), b"1"].concat()), long.len());
    }

    #[test]
    fn a_garbled_header_is_no_panic() {
        assert_eq!(header_length(b"\x02\xff"), 2);
        assert_eq!(header_length(b""), 0);
    }
}
