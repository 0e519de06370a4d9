//! Numbers with a bound on their error: what plain `f64` arithmetic gives, and how wrong that may be at most.

use std::ops::{Add, Mul, Sub};

/// Half the distance from 1 to the next `f64`.
const ROUNDING: f64 = f64::EPSILON * 0.5;

/// What an underflow may cost; far above the smallest number, so that the bounds stay simple.
const UNDERFLOW: f64 = 1e-300;

/// Makes up for the rounding in the bounds themselves.
const SAFETY: f64 = 1.0 + 16.0 * f64::EPSILON;

/// A number within `err` of `mid`. Where arithmetic leaves the range of `f64` the bound is infinite or NaN, and every
/// comparison with it fails, as it should.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ball {
    pub(crate) mid: f64,
    pub(crate) err: f64,
}

impl Ball {
    pub(crate) fn exact(mid: f64) -> Self {
        Self { mid, err: 0.0 }
    }

    /// The sign, where the bound settles it.
    pub(crate) fn sign(self) -> Option<i32> {
        if self.mid > self.err {
            Some(1)
        } else if -self.mid > self.err {
            Some(-1)
        } else {
            None
        }
    }

    /// The quotient; its bound is infinite where the divisor may be zero.
    pub(crate) fn div(self, other: Self) -> Self {
        let mid = self.mid / other.mid;
        let room = other.mid.abs() - other.err;
        if room > 0.0 {
            let err = ((self.err + mid.abs() * other.err) / room + mid.abs() * ROUNDING) * SAFETY + UNDERFLOW;
            Self { mid, err }
        } else {
            Self { mid, err: f64::INFINITY }
        }
    }
}

impl Add for Ball {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        let mid = self.mid + other.mid;
        Self { mid, err: (self.err + other.err + mid.abs() * ROUNDING) * SAFETY }
    }
}

impl Sub for Ball {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        let mid = self.mid - other.mid;
        Self { mid, err: (self.err + other.err + mid.abs() * ROUNDING) * SAFETY }
    }
}

impl Mul for Ball {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        let mid = self.mid * other.mid;
        let spread = self.mid.abs() * other.err + other.mid.abs() * self.err + self.err * other.err;
        Self { mid, err: (spread + mid.abs() * ROUNDING) * SAFETY + UNDERFLOW }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::big::Big;
    use super::*;

    proptest! {
        #[test]
        fn bounds_hold(a in -1e6..1e6_f64, b in -1e6..1e6_f64, c in -1e-6..1e-6_f64, d in -10.0..10.0_f64) {
            let [x, y, z, w] = [a, b, c, d].map(Ball::exact);
            let ball = (x * y - z) * w + x;
            let [x, y, z, w] = [a, b, c, d].map(Big::from_f64);
            let exact = x.mul(&y).sub(&z).mul(&w).add(&x);
            let low = Big::from_f64(ball.mid).sub(&Big::from_f64(ball.err));
            let high = Big::from_f64(ball.mid).add(&Big::from_f64(ball.err));
            prop_assert!(exact.sub(&low).sign() >= 0 && high.sub(&exact).sign() >= 0);
        }
    }
}
