//! What a join makes of two values, seen alike by all joins.

use std::sync::Arc;

/// Makes the result of two values, this side's first; `None`: these make none.
pub(super) type Join<K, A, B, R> = Arc<dyn Fn(&K, Option<&A>, Option<&B>) -> Option<R> + Send + Sync>;

/// Both sides are needed.
pub(super) fn inner<K, A, B, R>(joiner: impl Fn(&K, &A, &B) -> R + Send + Sync + 'static) -> Join<K, A, B, R> {
    Arc::new(move |key, left, right| Some(joiner(key, left?, right?)))
}

/// The left side is needed.
pub(super) fn left<K, A, B, R>(joiner: impl Fn(&K, &A, Option<&B>) -> R + Send + Sync + 'static) -> Join<K, A, B, R> {
    Arc::new(move |key, left, right| Some(joiner(key, left?, right)))
}

/// One of the sides is needed.
pub(super) fn outer<K, A, B, R>(
    joiner: impl Fn(&K, Option<&A>, Option<&B>) -> R + Send + Sync + 'static,
) -> Join<K, A, B, R> {
    Arc::new(move |key, left, right| (left.is_some() || right.is_some()).then(|| joiner(key, left, right)))
}

/// The same join seen from the other side.
pub(super) fn swapped<K: 'static, A: 'static, B: 'static, R: 'static>(join: &Join<K, A, B, R>) -> Join<K, B, A, R> {
    let join = Arc::clone(join);
    Arc::new(move |key, right, left| join(key, left, right))
}
