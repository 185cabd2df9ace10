//! How much of a difference is chance.

/// Standard deviations on each side of a confidence of 95 %.
const Z95: f64 = 1.959_963_984_540_054;

/// Some of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// Some.
    pub some: u64,
    /// Of so many.
    pub of: u64,
}

/// How much larger one rate is than another, relatively: 0.1 is a tenth more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lift {
    /// The best guess.
    pub relative: f64,
    /// The least it may be, with a confidence of 95 %.
    pub low: f64,
    /// The most it may be.
    pub high: f64,
}

impl Rate {
    /// The part, from 0 to 1; 0 of none.
    #[must_use]
    pub fn part(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.some as f64 / self.of as f64 }
    }

    /// How much larger it is than `control`, by the ratio of both with a normal approximation of its logarithm (Katz et al.
    /// 1978). `None` while one of them is zero: no ratio can be told then.
    #[must_use]
    pub fn lift_over(self, control: Self) -> Option<Lift> {
        let (own, other) = (self.part(), control.part());
        if own <= 0.0 || other <= 0.0 {
            return None;
        }
        let variance = |rate: Self| (1.0 - rate.part()) / rate.some as f64;
        let deviation = (variance(self) + variance(control)).sqrt();
        let ratio = (own / other).ln();
        let lift = |ratio: f64| ratio.exp() - 1.0;
        Some(Lift { relative: lift(ratio), low: lift(ratio - Z95 * deviation), high: lift(ratio + Z95 * deviation) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_a_textbook() {
        // Relative risk 15/100 over 30/100: 0.5, 95 % confidence 0.2871 to 0.8709 (Katz).
        let lift = Rate { some: 15, of: 100 }.lift_over(Rate { some: 30, of: 100 }).unwrap();
        let close = |a: f64, b: f64| (a - b).abs() < 5e-4;
        assert!(
            close(lift.relative, -0.5) && close(lift.low, 0.2871 - 1.0) && close(lift.high, 0.8709 - 1.0),
            "{lift:?}"
        );
    }

    #[test]
    fn nothing_is_told_from_nothing() {
        assert_eq!(Rate::default().lift_over(Rate { some: 1, of: 2 }), None);
        assert_eq!(Rate { some: 1, of: 2 }.lift_over(Rate { some: 0, of: 2 }), None);
        assert!(Rate::default().part() == 0.0);
    }
}
