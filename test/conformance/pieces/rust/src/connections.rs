use ap_piece::prelude::*;

#[derive(Choices, Clone, Copy)]
enum Region {
    #[choice(label = "Europe", value = "eu")]
    Europe,
    #[choice(label = "America", value = "us")]
    America,
}

#[derive(Props, Serialize)]
struct Server {
    #[prop(title = "URL")]
    url: String,
    #[prop(kind = SecretText)]
    key: String,
    #[prop(default = Region::Europe)]
    region: Option<Region>,
}

#[derive(Props)]
struct Account {
    tenant: Option<String>,
}

#[derive(Props, Serialize)]
struct Identity {
    #[serde(skip_serializing_if = "Option::is_none")]
    audience: Option<String>,
}

fn valid(good: bool, error: impl Into<String>) -> Result<Validity> {
    Ok(if good {
        Validity::Valid
    } else {
        Validity::invalid(error)
    })
}

pub fn declared(piece: Piece) -> Piece {
    piece
        .auth(
            Connection::secret_text("Token")
                .description("A token.")
                .validate(|token| valid(token.secret_text == "good", "the token is not accepted"))
                .identifier(|token| {
                    Ok(format!(
                        "token of {} characters",
                        token.secret_text.chars().count()
                    ))
                }),
        )
        .auth(
            Connection::basic(
                "Login",
                "Name",
                Field::new("Password").description("Not your birthday."),
            )
            .validate(|login| {
                let good = login.username == "ann" && login.password == "secret";
                valid(good, format!("{} may not come in", login.username))
            })
            .identifier(|login| Ok(login.username)),
        )
        .auth(
            Connection::<Server>::custom("Own server")
                .validate(|server| {
                    valid(
                        server.key == "good",
                        format!("the key does not open {}", server.url),
                    )
                })
                .identifier(|server| Ok(server.url))
                .refresh(|server| {
                    Ok(Token {
                        access_token: format!("{}@{}", server.key, server.url),
                        expires_in: Some(30),
                    })
                })
                .default_expires_in(60),
        )
        .auth(
            Connection::<OAuth2<Account>>::oauth2(
                "Account",
                "https://example.com/authorize",
                "https://example.com/token",
                ["read", "write"],
            )
            .pkce(None)
            .validate(|account| valid(account.access_token == "good", "the account is locked")),
        )
        .auth(Connection::<Oidc<Identity>>::oidc("Identity"))
}

/// Answers with the connection that it was handed.
#[action]
pub fn connection(context: &Context) -> Result<serde_json::Value> {
    let kind = context.auth_type().unwrap_or_default();
    let value = match kind {
        "SECRET_TEXT" => json!(context.auth::<SecretText>()?.secret_text),
        "BASIC_AUTH" => {
            let login: BasicAuth = context.auth()?;
            json!({ "username": login.username, "password": login.password })
        }
        "CUSTOM_AUTH" => json!(context.auth::<Server>()?),
        "OIDC" => json!(context.auth::<Oidc<Identity>>()?.props),
        _ => {
            let account: OAuth2<Account> = context.auth()?;
            json!({ "access_token": account.access_token, "tenant": account.props.tenant })
        }
    };
    Ok(json!({ "type": kind, "value": value }))
}
