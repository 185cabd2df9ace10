//! Java's `SplittableRandom` as far as the benchmark uses it: SplitMix64 of a counter.

/// The golden ratio as an odd 64-bit integer: the counter's step.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// A generator that gives what `java.util.SplittableRandom` of Java 17 gives for the same seed.
#[derive(Debug, Clone)]
pub(super) struct SplittableRandom {
    counter: u64,
}

impl SplittableRandom {
    pub(super) fn new(seed: i64) -> Self {
        Self { counter: seed.cast_unsigned() }
    }

    fn step(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(GAMMA);
        self.counter
    }

    /// `nextInt()`: any 32 bits, mixed by another formula than the 64 bits of the floats.
    pub(super) fn int(&mut self) -> i32 {
        let mut bits = self.step();
        bits = (bits ^ (bits >> 33)).wrapping_mul(0x62A9_D9ED_7997_05F5);
        bits = (bits ^ (bits >> 28)).wrapping_mul(0xCB24_D0A5_C88C_35B3);
        ((bits >> 32) as u32).cast_signed()
    }

    /// `nextInt(bound)`: uniform in `0..bound` for a bound above zero.
    pub(super) fn below(&mut self, bound: i32) -> i32 {
        let mask = bound.wrapping_sub(1);
        let bits = self.int();
        if bound & mask == 0 {
            return bits & mask;
        }
        // Java's test for the incomplete last stretch is an overflow of its 32-bit sum.
        let mut half = (bits.cast_unsigned() >> 1).cast_signed();
        loop {
            let drawn = half % bound;
            if half.wrapping_add(mask).wrapping_sub(drawn) >= 0 {
                return drawn;
            }
            half = (self.int().cast_unsigned() >> 1).cast_signed();
        }
    }

    /// `nextDouble()`: uniform in `[0, 1)`.
    pub(super) fn unit(&mut self) -> f64 {
        let mut bits = self.step();
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        (bits >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }
}
