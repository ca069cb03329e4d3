mod api;
#[cfg(test)]
mod tests;
mod words;

use ap_piece::prelude::*;
use api::{Post, User};
use words::{count_words as count, Order, WordCount};

fn check(token: SecretText) -> Result<Validity> {
    if token.secret_text.trim().is_empty() {
        return Ok(Validity::invalid("the token is empty"));
    }
    api::get::<User>("/users/1", &token)?;
    Ok(Validity::Valid)
}

fn authors(form: &Form) -> Result<Options> {
    let Some(token) = form.auth::<SecretText>()? else {
        return Ok(Options::disabled("Connect first"));
    };
    let users: Vec<User> = api::get("/users", &token)?;
    Ok(users
        .into_iter()
        .map(|user| Choice::new(user.name, user.id))
        .collect::<Vec<_>>()
        .into())
}

#[derive(Props)]
struct GetPost {
    /// Its number.
    #[prop(title = "Post")]
    id: u32,
}

/// Reads one post of the sample service.
#[action(
    title = "Get a post",
    ai = "Reads one post by its number.",
    idempotent = true
)]
fn get_post(context: &Context, props: GetPost) -> Result<Post> {
    let post: Post = api::get(&format!("/posts/{}", props.id), &context.auth()?)?;
    info!("read post {}", post.id);
    Ok(post)
}

#[derive(Props)]
struct CountWords {
    #[prop(kind = LongText)]
    text: String,
    #[prop(default = Order::Frequency)]
    order: Order,
}

/// Counts the words of a text, without any network.
#[action(title = "Count words", auth = false)]
fn count_words(props: CountWords) -> Result<WordCount> {
    Ok(count(&props.text, props.order))
}

#[derive(Props)]
struct NewPost {
    /// Whose posts.
    #[prop(options = authors)]
    author: Option<u32>,
}

/// Starts a flow for each new post.
#[trigger(title = "New post", sample = json!({ "userId": 1, "id": 1, "title": "A title", "body": "A text" }))]
fn new_post(context: &Context, props: NewPost) -> Result<Vec<Item<Value>>> {
    let filter = props
        .author
        .map_or(String::new(), |author| format!("&userId={author}"));
    let path = format!("/posts?_sort=id&_order=desc&_limit=20{filter}");
    let posts: Vec<Value> = api::get(&path, &context.auth()?)?;
    Ok(posts
        .into_iter()
        .map(|post| Item::new(post["id"].clone(), post))
        .collect())
}

ap_piece::piece! {
    Piece::new("My piece")
        .description("A sample: change it into your own.")
        .category(Category::DeveloperTools)
        .auth(
            Connection::secret_text("API token")
                .description("Any text serves: the sample service takes every token.")
                .validate(check),
        );
    actions: get_post, count_words;
    triggers: new_post;
}
