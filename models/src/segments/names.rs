//! Plain names for clusters.

/// The names, in the order segments are listed in.
pub const NAMES: [&str; 6] = ["champions", "loyal", "new", "occasional", "at risk", "lost"];

/// How well a cluster fits a name.
type Fit = fn(r: f64, f: f64, m: f64) -> f64;

/// Each name in turn goes to the cluster that fits it best among those without one. A cluster stands where its centroid does: `r`
/// (the longer ago, the greater), `f` (orders) and `m` (spent), in deviations from the mean.
const RULES: [(&str, Fit); 6] = [
    // Bought lately, often, and for much.
    ("champions", |r, f, m| (f + m) / 2.0 - r),
    // Bought long ago, seldom, and for little.
    ("lost", |r, f, m| r - (f + m) / 2.0),
    // Comes often, and is still there.
    ("loyal", |r, f, m| (f + m) / 2.0 - r / 2.0),
    // Worth something, and not seen for long.
    ("at risk", |r, f, m| r + (f + m) / 2.0),
    // Not often yet, and not long ago.
    ("new", |r, f, _| -f - r / 2.0),
    // The rest.
    ("occasional", |_, _, _| 0.0),
];

/// The name of each centroid; at most six.
pub(super) fn names(centroids: &[[f64; 3]]) -> Vec<&'static str> {
    let mut named = vec![""; centroids.len()];
    for (name, fit) in RULES {
        let open = centroids.iter().zip(&mut named).filter(|(_, name)| name.is_empty());
        // Of equal ones the last: which it is does not matter, that it is always the same one does.
        let best = open.max_by(|([r, f, m], _), ([s, g, n], _)| fit(*r, *f, *m).total_cmp(&fit(*s, *g, *n)));
        if let Some((_, place)) = best {
            *place = name;
        }
    }
    named
}

/// The place of a name in [`NAMES`].
pub(super) fn rank(name: &str) -> usize {
    NAMES.iter().position(|known| *known == name).unwrap_or(NAMES.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_given_once() {
        let centroids = [
            [-1.2, 1.5, 1.5],
            [1.1, -0.8, -0.8],
            [0.6, 0.5, 0.6],
            [-0.9, -0.7, -0.6],
            [-0.2, 0.4, 0.4],
            [0.1, -0.3, -0.2],
        ];
        assert_eq!(names(&centroids), ["champions", "lost", "at risk", "new", "loyal", "occasional"]);
        assert_eq!(names(&centroids[..2]), ["champions", "lost"]);
    }
}
