//! One thing that starts a flow.
use std::borrow::Cow;
use std::rc::Rc;

use serde::Serialize;

use crate::callable::{described, Callable};
use crate::polling::{self, Polled, TEST_ITEMS};
use crate::{payload, props, Context, Failure, Map, Props, Response, Result, Value};

type Text = Cow<'static, str>;
type Hook<P, R = ()> = Box<dyn Fn(&Context, &P) -> Result<R>>;
/// Gives the items encoded, at most so many of them.
type Items<P> = Box<dyn Fn(&Context, P, Option<usize>) -> Result<Vec<u8>>>;

/// The moment in a trigger's life that it is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerHook {
    /// A flow that begins with it was switched on.
    OnEnable,
    /// It was switched off.
    OnDisable,
    /// The executor started again.
    OnStart,
    /// The app's webhook is to be renewed.
    OnRenew,
    /// The app makes sure of the webhook.
    Handshake,
    /// Gives the items that start a flow each.
    Run,
    /// Gives a few items to show while the flow is built.
    Test,
}

/// How a trigger learns of what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// It is run on a schedule and asks.
    Polling,
    /// A URL of its own is called.
    Webhook,
    /// One URL of the whole app is called.
    AppWebhook,
    /// A person starts it.
    Manual,
}

impl Strategy {
    fn word(self) -> &'static str {
        match self {
            Strategy::Polling => "POLLING",
            Strategy::Webhook => "WEBHOOK",
            Strategy::AppWebhook => "APP_WEBHOOK",
            Strategy::Manual => "MANUAL",
        }
    }
}

/// How a webhook's handshake is told from an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// There is none.
    None,
    /// By a header of that name.
    Header(Text),
    /// By a parameter of that name in the address.
    Query(Text),
    /// By a field of that name in the body.
    Body(Text),
}

/// A trigger over the properties `P`. `#[trigger]` makes one of a function; the attribute does no more than this builder.
///
/// ```
/// # use ap_piece::prelude::*;
/// fn hook(context: &Context, _: ()) -> Result<Vec<Value>> {
///     Ok(vec![context.payload().body.clone()])
/// }
/// let pushed = Trigger::new("pushed", Strategy::Webhook, hook)
///     .on_enable(|context, _| store::put("url", context.webhook_url()))
///     .on_disable(|_, _| store::delete("url"));
/// # let _ = Piece::new("Sample").trigger(pushed);
/// ```
pub struct Trigger<P> {
    about: Callable,
    strategy: Strategy,
    sample: Value,
    more: Map,
    on_enable: Option<Hook<P>>,
    on_disable: Option<Hook<P>>,
    on_start: Option<Hook<P>>,
    on_renew: Option<Hook<P>>,
    on_handshake: Option<Hook<P, Response>>,
    run: Items<P>,
    test: Option<Items<P>>,
    polled: Option<Remembers<P>>,
    most: Option<Box<dyn Fn(&P) -> Option<usize>>>,
}

/// What a polling trigger does itself when it is switched on and off.
struct Remembers<P> {
    enable: Box<dyn Fn(&Context, P) -> Result<()>>,
    disable: fn() -> Result<()>,
}

described!(Trigger<P>, [<P>]);

fn items<P, T: Serialize>(give: impl Fn(&Context, P) -> Result<Vec<T>> + 'static) -> Items<P> {
    Box::new(move |context, props, most| {
        let mut items = give(context, props)?;
        items.truncate(most.unwrap_or(usize::MAX));
        payload::encode(context.encoding(), &items)
    })
}

impl<P: Props + 'static> Trigger<P> {
    /// `name`: letters, digits, `_` and `-`. What `run` gives starts a flow each.
    pub fn new<T: Serialize>(
        name: impl Into<Text>,
        strategy: Strategy,
        run: impl Fn(&Context, P) -> Result<Vec<T>> + 'static,
    ) -> Self {
        Trigger::of(name.into(), strategy, items(run))
    }

    fn of(name: Text, strategy: Strategy, run: Items<P>) -> Self {
        Trigger {
            about: Callable::new(name, P::properties),
            strategy,
            sample: Value::Null,
            more: Map::new(),
            on_enable: None,
            on_disable: None,
            on_start: None,
            on_renew: None,
            on_handshake: None,
            run,
            test: None,
            polled: None,
            most: None,
        }
    }

    /// Polls: `source` gives what there is, [`Item`](crate::Item)s from new to old or [`Timed`](crate::Timed) ones in any order;
    /// the SDK remembers what was seen and hands on what is new.
    pub fn polling<I>(name: impl Into<Text>, source: impl Fn(&Context, P) -> Result<Vec<I>> + 'static) -> Self
    where
        I: Polled + 'static,
        I::Data: Serialize,
    {
        let source = Rc::new(source);
        let (run, enable) = (source.clone(), source.clone());
        let run = move |context: &Context, props, most| {
            let fresh = polling::run(context, |context| run(context, props), most)?;
            payload::encode(context.encoding(), &fresh)
        };
        let mut trigger = Trigger::of(name.into(), Strategy::Polling, Box::new(run));
        trigger.test = Some(items(move |context, props| polling::test(context, |context| source(context, props))));
        trigger.polled = Some(Remembers {
            enable: Box::new(move |context, props| polling::on_enable(context, |context| enable(context, props))),
            disable: polling::on_disable::<I>,
        });
        trigger
    }
    /// Of a polling trigger by items: at most so many a run, the oldest first; the rest comes with the next.
    pub fn max_items(mut self, most: impl Fn(&P) -> Option<usize> + 'static) -> Self {
        self.most = Some(Box::new(most));
        self
    }

    /// An item to show before there is a real one; a manual trigger's test gives it.
    pub fn sample(mut self, sample: impl Into<Value>) -> Self {
        self.sample = sample.into();
        self
    }
    /// How the app's handshake is told from an event.
    pub fn handshake(mut self, how: Handshake) -> Self {
        let (strategy, name) = match how {
            Handshake::None => ("NONE", None),
            Handshake::Header(name) => ("HEADER_PRESENT", Some(name)),
            Handshake::Query(name) => ("QUERY_PRESENT", Some(name)),
            Handshake::Body(name) => ("BODY_PARAM_PRESENT", Some(name)),
        };
        let configuration = Value::record([
            ("strategy", Some(strategy.into())),
            ("paramName", name.map(|name| name.into_owned().into())),
        ]);
        self.more.insert("handshakeConfiguration", configuration);
        self
    }
    /// When the app's webhook is to be renewed: five fields of cron.
    pub fn renew(mut self, cron: &str) -> Self {
        let configuration = Value::record([("strategy", Some("CRON".into())), ("cronExpression", Some(cron.into()))]);
        self.more.insert("renewConfiguration", configuration);
        self
    }

    /// A flow was switched on. What polling does itself comes after it.
    pub fn on_enable(mut self, hook: impl Fn(&Context, &P) -> Result<()> + 'static) -> Self {
        self.on_enable = Some(Box::new(hook));
        self
    }
    /// A flow was switched off. What polling does itself comes after it.
    pub fn on_disable(mut self, hook: impl Fn(&Context, &P) -> Result<()> + 'static) -> Self {
        self.on_disable = Some(Box::new(hook));
        self
    }
    /// The executor started again.
    pub fn on_start(mut self, hook: impl Fn(&Context, &P) -> Result<()> + 'static) -> Self {
        self.on_start = Some(Box::new(hook));
        self
    }
    /// The app's webhook is to be renewed.
    pub fn on_renew(mut self, hook: impl Fn(&Context, &P) -> Result<()> + 'static) -> Self {
        self.on_renew = Some(Box::new(hook));
        self
    }
    /// The app makes sure of the webhook: what it is answered.
    pub fn on_handshake(mut self, hook: impl Fn(&Context, &P) -> Result<Response> + 'static) -> Self {
        self.on_handshake = Some(Box::new(hook));
        self
    }
    /// A few items to show while the flow is built; five are kept.
    pub fn test<T: Serialize>(mut self, test: impl Fn(&Context, P) -> Result<Vec<T>> + 'static) -> Self {
        self.test = Some(items(test));
        self
    }

    pub(crate) fn into_any(self) -> Box<dyn AnyTrigger> {
        Box::new(self)
    }
}

/// A trigger, whatever its properties are.
pub(crate) trait AnyTrigger {
    fn about(&self) -> &Callable;
    fn describe(&self, has_auth: bool) -> Value;
    fn call(&self, hook: TriggerHook, context: &Context, values: Value) -> Result<Vec<u8>>;
}

impl<P: Props + 'static> AnyTrigger for Trigger<P> {
    fn about(&self) -> &Callable {
        &self.about
    }

    fn describe(&self, has_auth: bool) -> Value {
        // Activepieces' rule: what can be tested by calling is, the rest waits for a real event.
        let callable = match self.strategy {
            Strategy::Polling | Strategy::Manual => true,
            Strategy::AppWebhook => self.test.is_some() || !self.sample.is_null(),
            Strategy::Webhook => self.test.is_some(),
        };
        let mut described = self.about.describe(has_auth);
        described.insert("type", self.strategy.word());
        described.insert("sampleData", self.sample.clone());
        described.insert("testStrategy", if callable { "TEST_FUNCTION" } else { "SIMULATION" });
        for (word, value) in self.more.iter() {
            described.insert(word, value.clone());
        }
        described.into()
    }

    fn call(&self, hook: TriggerHook, context: &Context, values: Value) -> Result<Vec<u8>> {
        let props: P = props::read(values, "props")?;
        let encoding = context.encoding();
        let call = |hook: &Option<Hook<P>>| hook.as_ref().map_or(Ok(()), |hook| hook(context, &props));
        match hook {
            TriggerHook::OnEnable => {
                call(&self.on_enable)?;
                if let Some(polled) = &self.polled {
                    (polled.enable)(context, props)?;
                }
                payload::encode(encoding, &context.enabled())
            }
            TriggerHook::OnDisable => {
                call(&self.on_disable)?;
                if let Some(polled) = &self.polled {
                    (polled.disable)()?;
                }
                payload::encode(encoding, &())
            }
            TriggerHook::OnStart | TriggerHook::OnRenew => {
                call(if hook == TriggerHook::OnStart { &self.on_start } else { &self.on_renew })?;
                payload::encode(encoding, &context.enabled())
            }
            TriggerHook::Handshake => {
                let answer = self.on_handshake.as_ref().map(|hook| hook(context, &props)).transpose()?;
                payload::encode(encoding, &answer.unwrap_or_default().complete())
            }
            TriggerHook::Run => {
                let most = self.most.as_ref().and_then(|most| most(&props));
                (self.run)(context, props, most)
            }
            TriggerHook::Test => match (&self.test, self.strategy) {
                (Some(test), _) => test(context, props, Some(TEST_ITEMS)),
                (None, Strategy::Manual) => payload::encode(encoding, &[&self.sample]),
                (None, _) => (self.run)(context, props, Some(TEST_ITEMS)),
            },
        }
    }
}

pub(crate) fn unknown(name: &str) -> Failure {
    Failure::new("unknown_trigger", format!("the piece has no trigger \"{name}\""))
}
