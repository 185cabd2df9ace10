//! Few are popular, many are rare.

/// The distribution in which the (i+1)-th most popular of `n` things has weight `1 / (i+1)^s`.
///
/// Drawing takes a short walk in a table of sums, begun at the place that a second, coarser
/// table gives: constant time on average, and exact.
#[derive(Debug, Clone)]
pub(crate) struct Zipf {
    /// At i: the probability of one of the first i+1.
    cumulative: Vec<f64>,
    /// At j: the first i whose cumulative probability is at least j/n.
    guide: Vec<usize>,
}

impl Zipf {
    /// The distribution over `0..n` with exponent `s`.
    pub(crate) fn new(n: usize, s: f64) -> Self {
        let mut sum = 0.0;
        let mut cumulative: Vec<f64> = (1..=n)
            .map(|rank| {
                sum += 1.0 / (rank as f64).powf(s);
                sum
            })
            .collect();
        for probability in &mut cumulative {
            *probability /= sum;
        }
        let mut zipf = Self { cumulative, guide: Vec::new() };
        let mut from = 0;
        zipf.guide = (0..=n)
            .map(|step| {
                from = zipf.first_at_least(from, step as f64 / n as f64);
                from
            })
            .collect();
        zipf
    }

    /// The thing that the uniform number `u` of `[0, 1)` stands for; 0 is the most popular.
    pub(crate) fn at(&self, u: f64) -> usize {
        let step = (u * self.cumulative.len() as f64) as usize;
        self.first_at_least(self.guide.get(step).copied().unwrap_or(0), u)
    }

    /// The first place from `from` on with at least this cumulative probability, else the last.
    fn first_at_least(&self, from: usize, probability: f64) -> usize {
        let rest = self.cumulative.get(from..).unwrap_or_default();
        let ahead = rest.iter().position(|reached| *reached >= probability);
        let last = self.cumulative.len().saturating_sub(1);
        ahead.map_or(last, |ahead| from + ahead)
    }
}

#[cfg(test)]
mod tests {
    use super::Zipf;

    #[test]
    fn shares_follow_the_rank() {
        let zipf = Zipf::new(3, 1.0);
        // 1 : 1/2 : 1/3 are 6/11, 3/11 and 2/11.
        let draws: Vec<usize> = (0..11).map(|step| zipf.at((f64::from(step) + 0.5) / 11.0)).collect();
        assert_eq!(draws, [0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2]);
    }

    #[test]
    fn stays_inside() {
        for n in [1, 2, 1_000] {
            let zipf = Zipf::new(n, 0.9);
            assert_eq!(zipf.at(0.0), 0);
            assert_eq!(zipf.at(1.0_f64.next_down()), n - 1);
        }
    }
}
