//! One thing that a piece does.
use std::borrow::Cow;

use serde::Serialize;

use crate::callable::{described, Callable};
use crate::{payload, props, Context, Props, Result, Value};

type Run = Box<dyn Fn(&Context, Value) -> Result<Vec<u8>>>;

/// An action. `#[action]` makes one of a function; the attribute does no more than this builder.
///
/// ```
/// # use ap_piece::prelude::*;
/// #[derive(Props)]
/// struct Add { a: f64, b: f64 }
/// let add = Action::new("add", |_: &Context, props: Add| Ok(props.a + props.b)).title("Add two numbers");
/// # let _ = Piece::new("Sample").action(add);
/// ```
pub struct Action {
    pub(crate) about: Callable,
    run: Run,
}

described!(Action, []);

impl Action {
    /// `name`: letters, digits, `_` and `-`; the name by which it is called. What `run` gives is the result.
    pub fn new<P, R>(name: impl Into<Cow<'static, str>>, run: impl Fn(&Context, P) -> Result<R> + 'static) -> Self
    where
        P: Props + 'static,
        R: Serialize,
    {
        let run = move |context: &Context, values: Value| {
            let result = run(context, props::read(values, "props")?)?;
            payload::encode(context.encoding(), &result)
        };
        Action { about: Callable::new(name.into(), P::properties), run: Box::new(run) }
    }
    /// Whether a failed step is tried again: what the form proposes; none hides the switch.
    pub fn retry_on_failure(self, proposed: Option<bool>) -> Self {
        self.on_failure("retryOnFailure", proposed)
    }
    /// Whether the flow goes on after a failed step: what the form proposes; none hides the switch.
    pub fn continue_on_failure(self, proposed: Option<bool>) -> Self {
        self.on_failure("continueOnFailure", proposed)
    }
    fn on_failure(mut self, switch: &str, proposed: Option<bool>) -> Self {
        let toggle = match proposed {
            Some(value) => Value::record([("defaultValue", Some(value.into()))]),
            None => Value::record([("hide", Some(true.into()))]),
        };
        self.about.switch(switch, toggle);
        self
    }
    pub(crate) fn run(&self, context: &Context, values: Value) -> Result<Vec<u8>> {
        (self.run)(context, values)
    }
}
