use ap_piece::prelude::*;
use serde::de::DeserializeOwned;

#[derive(Deserialize, Serialize)]
pub struct Post {
    #[serde(rename = "userId")]
    pub user_id: u32,
    pub id: u32,
    pub title: String,
    pub body: String,
}

#[derive(Deserialize)]
pub struct User {
    pub id: u32,
    pub name: String,
}

const BASE: &str = "https://jsonplaceholder.typicode.com";

/// Gets JSON. An answer other than a success is a failure of the call: unauthorized, not_found, rate_limited …
pub fn get<T: DeserializeOwned>(path: &str, token: &SecretText) -> Result<T> {
    let response = http::get(format!("{BASE}{path}"))
        .header("accept", "application/json")
        .bearer(&token.secret_text)
        .send()?
        .error_for_status()?;
    Ok(response.json()?)
}
