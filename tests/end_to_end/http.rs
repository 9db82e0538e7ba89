//! Asking the stack's servers directly, as clients of others would.

use anyhow::{Result, ensure};

use crate::wait::block_on;

/// The answer to a GET.
pub(crate) fn get(url: &str) -> Result<String> {
    block_on(async { told(url, client()?.get(url)).await })
}

/// The answer to a POST.
pub(crate) fn post(url: &str, content_type: &str, body: String) -> Result<String> {
    block_on(async {
        let request = client()?.post(url).header("content-type", content_type);
        told(url, request.body(body)).await
    })
}

async fn told(url: &str, request: reqwest::RequestBuilder) -> Result<String> {
    let response = request.send().await?;
    let status = response.status();
    let text = response.text().await?;
    ensure!(status.is_success(), "{url} says {status}: {text}");
    Ok(text)
}

/// Servers are on this machine, whatever proxy the caller uses for others.
fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().build()?)
}
