//! The requests themselves.

use std::error::Error;

use apache_avro::Schema;
use reqwest::StatusCode;
use schema_registry_converter::async_impl::schema_registry::{
    SrSettings, get_schema_by_id, perform_sr_call, post_schema,
};
use schema_registry_converter::error::SRCError;
use schema_registry_converter::schema_registry_common::{
    RawError, SchemaType, SrCall, SuppliedSchema,
};
use serde_json::{Value, json};

use super::{ANSWER_TIMEOUT, COMPATIBILITY, RegistryError, SubjectState};
use crate::error::SchemaError;
use crate::schemas::SchemaName;

/// The registry's own words for "no such schema", "no such subject" and "no level of its own".
const NO_SCHEMA: u32 = 40_403;
const NO_SUBJECT: u32 = 40_401;
/// Its words for a schema that does not go with the earlier ones, and for one that is invalid.
const INCOMPATIBLE: u32 = 40_901;
const INCOMPATIBLE_SHORT: u32 = 409;
const INVALID: u32 = 42_201;

pub(super) struct Http {
    url: String,
    settings: SrSettings,
    plain: reqwest::Client,
}

impl Http {
    pub(super) fn new(url: &str) -> Result<Self, String> {
        let settings = SrSettings::new_builder(url.to_owned())
            .set_timeout(ANSWER_TIMEOUT)
            .build()
            .map_err(|error| error.to_string())?;
        let plain = reqwest::Client::builder()
            .timeout(ANSWER_TIMEOUT)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            url: url.to_owned(),
            settings,
            plain,
        })
    }

    pub(super) async fn fetch(&self, id: u32) -> Result<Schema, SchemaError> {
        let registered = match get_schema_by_id(id, &self.settings).await {
            Ok(registered) => registered,
            Err(error) if code(&error) == Some(NO_SCHEMA) => {
                return Err(SchemaError::NotFound { id });
            }
            Err(error) => {
                let message = explain(&error);
                return Err(SchemaError::Unreachable { id, message });
            }
        };
        let not_avro = |message: String| SchemaError::NotAvro { id, message };
        if registered.schema_type != SchemaType::Avro {
            return Err(not_avro(format!("it is {:?}", registered.schema_type)));
        }
        Schema::parse_str(&registered.schema).map_err(|error| not_avro(error.to_string()))
    }

    pub(super) async fn register(
        &self,
        subject: &str,
        schema: SchemaName,
    ) -> Result<u32, RegistryError> {
        if self.compatibility(subject).await?.as_deref() != Some(COMPATIBILITY) {
            self.set_compatibility(subject).await?;
        }
        let supplied = SuppliedSchema::new(
            Some(schema.full_name().to_owned()),
            SchemaType::Avro,
            compact(schema),
        );
        match post_schema(&self.settings, subject.to_owned(), supplied).await {
            Ok(registered) => Ok(registered.id),
            Err(error) => Err(match code(&error) {
                Some(INCOMPATIBLE | INCOMPATIBLE_SHORT | INVALID) => RegistryError::Refused {
                    subject: subject.to_owned(),
                    schema,
                    message: explain(&error),
                },
                _ => self.unreachable(subject, explain(&error)),
            }),
        }
    }

    pub(super) async fn look(
        &self,
        subject: &str,
        schema: SchemaName,
    ) -> Result<SubjectState, RegistryError> {
        let body = json!({"schema": compact(schema), "schemaType": "AVRO"}).to_string();
        let call = SrCall::PostForVersion(subject, &body);
        let id = match perform_sr_call(&self.settings, call).await {
            Ok(registered) => registered.id,
            Err(error) if matches!(code(&error), Some(NO_SCHEMA | NO_SUBJECT)) => None,
            Err(error) => return Err(self.unreachable(subject, explain(&error))),
        };
        let compatibility = self.compatibility(subject).await?;
        Ok(SubjectState { id, compatibility })
    }

    /// The subject's own level; `None` when the global one applies.
    async fn compatibility(&self, subject: &str) -> Result<Option<String>, RegistryError> {
        let request = self.plain.get(format!("{}/config/{subject}", self.url));
        let response = self.send(subject, request).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let status = response.status();
        let body: Value = match response.json().await {
            Ok(body) => body,
            Err(error) => return Err(self.unreachable(subject, error.to_string())),
        };
        match body["compatibilityLevel"].as_str() {
            Some(level) if status.is_success() => Ok(Some(level.to_owned())),
            _ => Err(self.unreachable(subject, format!("status {status}, body {body}"))),
        }
    }

    async fn set_compatibility(&self, subject: &str) -> Result<(), RegistryError> {
        let request = self
            .plain
            .put(format!("{}/config/{subject}", self.url))
            .header("Content-Type", "application/vnd.schemaregistry.v1+json")
            .body(json!({"compatibility": COMPATIBILITY}).to_string());
        let response = self.send(subject, request).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let message = format!("setting the level to {COMPATIBILITY} ended with status {status}");
        Err(self.unreachable(subject, message))
    }

    async fn send(
        &self,
        subject: &str,
        request: reqwest::RequestBuilder,
    ) -> Result<reqwest::Response, RegistryError> {
        request
            .send()
            .await
            .map_err(|error| self.unreachable(subject, deepest(&error)))
    }

    fn unreachable(&self, subject: &str, message: String) -> RegistryError {
        RegistryError::Unreachable {
            url: self.url.clone(),
            subject: subject.to_owned(),
            message,
        }
    }
}

/// The schema on one line, docs included: what is registered is what people read there.
fn compact(schema: SchemaName) -> String {
    let parsed: Result<Value, _> = serde_json::from_str(schema.text());
    match parsed {
        Ok(value) => value.to_string(),
        Err(_) => schema.text().to_owned(),
    }
}

/// The registry's own error code. A 404 without one comes from something else at that address.
fn code(error: &SRCError) -> Option<u32> {
    let source = error.source()?;
    Some(source.downcast_ref::<RawError>()?.error_code)
}

fn explain(error: &SRCError) -> String {
    let Some(source) = error.source() else {
        return error.error.clone();
    };
    match source.downcast_ref::<RawError>() {
        Some(answer) if answer.error_code != 0 => answer.message.clone(),
        Some(_) => error.error.clone(),
        None => deepest(source),
    }
}

/// The innermost cause, such as "connection refused".
fn deepest(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
