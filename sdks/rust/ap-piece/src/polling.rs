//! Triggers that ask for what is new. What was seen is kept in the store: `lastPoll`, the newest moment in milliseconds, or
//! `lastItem`, the newest item's id; the same in every SDK.
use crate::{host, store, Context, Result, Value};

/// Items shown by a test.
pub(crate) const TEST_ITEMS: usize = 5;

/// An item that is known by its id; a source gives them from new to old.
#[derive(Clone, Debug, PartialEq)]
pub struct Item<T> {
    /// What it is known by: any JSON.
    pub id: Value,
    /// What starts a flow.
    pub data: T,
}

impl<T> Item<T> {
    /// An item of that id.
    pub fn new(id: impl Into<Value>, data: T) -> Self {
        Item { id: id.into(), data }
    }
}

/// An item that is known by its moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed<T> {
    /// Milliseconds since 1970.
    pub at: u64,
    /// What starts a flow.
    pub data: T,
}

/// How an item is known to be new: [`Item`] or [`Timed`].
pub trait Polled {
    /// What starts a flow.
    type Data;
    /// Its data.
    fn into_data(self) -> Self::Data;
    #[doc(hidden)]
    const KEY: &'static str;
    #[doc(hidden)]
    fn first(newest: &[Self]) -> Option<Value>
    where
        Self: Sized;
    #[doc(hidden)]
    fn fresh(items: Vec<Self>, last: &Value, most: Option<usize>) -> (Vec<Self>, Option<Value>)
    where
        Self: Sized;
    /// Whether enabling looks at what is there already.
    #[doc(hidden)]
    const LOOKS: bool;
}

impl<T> Polled for Item<T> {
    type Data = T;
    fn into_data(self) -> T {
        self.data
    }
    const KEY: &'static str = "lastItem";
    const LOOKS: bool = true;
    fn first(items: &[Self]) -> Option<Value> {
        items.first().map(|item| item.id.clone()).filter(|id| !id.is_null())
    }
    /// It stands before the newest one seen.
    fn fresh(mut items: Vec<Self>, last: &Value, most: Option<usize>) -> (Vec<Self>, Option<Value>) {
        let seen = (!last.is_null()).then(|| items.iter().position(|item| item.id == *last)).flatten();
        items.truncate(seen.unwrap_or(items.len()));
        // The oldest of them first: what is left over comes with the next poll.
        if let Some(most) = most {
            items.drain(..items.len().saturating_sub(most));
        }
        let newest = Self::first(&items);
        (items, newest)
    }
}

impl<T> Polled for Timed<T> {
    type Data = T;
    fn into_data(self) -> T {
        self.data
    }
    const KEY: &'static str = "lastPoll";
    const LOOKS: bool = false;
    fn first(_: &[Self]) -> Option<Value> {
        Some(host::now_ms().into())
    }
    /// Its moment is after the newest one seen.
    fn fresh(mut items: Vec<Self>, last: &Value, _: Option<usize>) -> (Vec<Self>, Option<Value>) {
        let last = last.as_u64().unwrap_or(0);
        let newest = items.iter().fold(last, |moment, item| moment.max(item.at));
        items.retain(|item| item.at > last);
        (items, Some(newest.into()))
    }
}

/// Remembers what is there already, so that only what comes later starts a flow.
pub(crate) fn on_enable<I: Polled>(context: &Context, items: impl FnOnce(&Context) -> Result<Vec<I>>) -> Result<()> {
    context.seen.replace(Value::Null);
    let there = if I::LOOKS { items(context)? } else { Vec::new() };
    match I::first(&there) {
        Some(newest) => store::put(I::KEY, &newest),
        None => store::delete(I::KEY),
    }
}

/// Forgets it.
pub(crate) fn on_disable<I: Polled>() -> Result<()> {
    store::delete(I::KEY)
}

/// Items that are new since the last time.
pub(crate) fn run<I: Polled>(
    context: &Context,
    items: impl FnOnce(&Context) -> Result<Vec<I>>,
    most: Option<usize>,
) -> Result<Vec<I::Data>> {
    let last: Value = store::get(I::KEY)?.unwrap_or_default();
    context.seen.replace(last.clone());
    let (fresh, newest) = I::fresh(items(context)?, &last, most);
    if let Some(newest) = newest {
        store::put(I::KEY, &newest)?;
    }
    Ok(fresh.into_iter().map(I::into_data).collect())
}

/// A few items to show, whether new or not; remembers nothing.
pub(crate) fn test<I: Polled>(
    context: &Context,
    items: impl FnOnce(&Context) -> Result<Vec<I>>,
) -> Result<Vec<I::Data>> {
    context.seen.replace(Value::Null);
    Ok(items(context)?.into_iter().take(TEST_ITEMS).map(I::into_data).collect())
}
