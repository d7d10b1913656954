//! Cursor paging: `?limit=50&cursor=…` to `{"items": […], "next_cursor": "…"|null}`. A cursor is opaque to callers; inside it
//! is the sort key of the last item.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::{FieldError, Problem};

pub const DEFAULT_LIMIT: i64 = 50;
pub const MAX_LIMIT: i64 = 200;

/// One page of a list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Asks for the rest; null on the last page.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// From `limit + 1` rows: one more than the page holds tells that there are more. `key` is the sort key of a row.
    pub fn of<K: Serialize>(mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> K) -> Page<T> {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = if more { rows.last().map(|row| encode(&key(row))) } else { None };
        Page { items: rows, next_cursor }
    }

    /// A page of what is in memory, ordered by `key`: the items after `cursor`.
    pub fn cut<K: Ord + Serialize + DeserializeOwned>(
        mut items: Vec<T>,
        asked: Option<i64>,
        cursor: Option<&str>,
        key: impl Fn(&T) -> K,
    ) -> Result<Page<T>, Problem> {
        let limit = limit(asked)?;
        if let Some(after) = decode::<K>(cursor)? {
            items.retain(|item| key(item) > after);
        }
        items.sort_by_key(|item| key(item));
        Ok(Page::of(items, limit, key))
    }

    pub fn map<U>(self, to: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(to).collect(), next_cursor: self.next_cursor }
    }
}

/// 1..=200, 50 without; 422 otherwise.
pub fn limit(asked: Option<i64>) -> Result<i64, Problem> {
    match asked {
        None => Ok(DEFAULT_LIMIT),
        Some(limit) if (1..=MAX_LIMIT).contains(&limit) => Ok(limit),
        Some(_) => Err(Problem::field(FieldError::out_of_range("limit", 1, MAX_LIMIT))),
    }
}

pub fn encode<K: Serialize>(key: &K) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

/// 422 for a cursor that is not one of ours.
pub fn decode<K: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<K>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).map(Some).ok_or_else(|| {
        Problem::field(FieldError::invalid("cursor", ("não é um cursor desta lista", "not a cursor of this list")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_on_and_the_last_page_has_none() {
        let page = Page::of(vec![1, 2, 3], 2, |n| *n);
        assert_eq!(page.items, [1, 2]);
        assert_eq!(decode::<i32>(page.next_cursor.as_deref()).unwrap(), Some(2));
        assert!(Page::of(vec![1, 2], 2, |n| *n).next_cursor.is_none());
        assert!(decode::<i32>(Some("!!")).is_err());
        assert!(limit(Some(0)).is_err() && limit(Some(201)).is_err());
    }
}
