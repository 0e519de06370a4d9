//! Exact sums and products of `f64` numbers, for the few decisions that floating-point filters leave open.
//!
//! Every finite `f64` is an integer times a power of two, and so is every sum and product of such numbers. A [`Big`]
//! holds the integer without limit on its size, so nothing overflows, underflows or is rounded.

use std::cmp::Ordering;

use smallvec::{SmallVec, smallvec};

/// Limbs, the least significant first. Most numbers have few, which need no memory of their own.
type Limbs = SmallVec<[u64; 6]>;

/// A number `±mag · 2^(64·exp)`; zero has no limbs, others have neither a leading nor a trailing zero limb.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Big {
    is_negative: bool,
    mag: Limbs,
    exp: i32,
}

impl Big {
    /// The exact value of a finite number.
    pub(crate) fn from_f64(value: f64) -> Self {
        debug_assert!(value.is_finite(), "coordinates are checked before anything is computed from them");
        let bits = value.to_bits();
        let biased = ((bits >> 52) & 0x7ff) as i32;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) =
            if biased == 0 { (fraction, -1074) } else { (fraction | (1 << 52), biased - 1075) };
        let exp = exponent.div_euclid(64);
        let wide = u128::from(mantissa) << exponent.rem_euclid(64);
        let mut big =
            Self { is_negative: value < 0.0, mag: smallvec![wide as u64, (wide >> 64) as u64], exp };
        big.normalize();
        big
    }

    /// −1, 0 or 1.
    pub(crate) fn sign(&self) -> i32 {
        match (self.mag.is_empty(), self.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        self.add_signed(other, other.is_negative)
    }

    pub(crate) fn sub(&self, other: &Self) -> Self {
        self.add_signed(other, !other.is_negative)
    }

    pub(crate) fn mul(&self, other: &Self) -> Self {
        if self.mag.is_empty() || other.mag.is_empty() {
            return Self::default();
        }
        let mut mag: Limbs = smallvec![0; self.mag.len() + other.mag.len()];
        for (i, &a) in self.mag.iter().enumerate() {
            let mut carry = 0_u128;
            for (j, &b) in other.mag.iter().enumerate() {
                let sum = u128::from(a) * u128::from(b) + u128::from(mag[i + j]) + carry;
                mag[i + j] = sum as u64;
                carry = sum >> 64;
            }
            mag[i + other.mag.len()] = carry as u64;
        }
        let mut big =
            Self { is_negative: self.is_negative != other.is_negative, mag, exp: self.exp + other.exp };
        big.normalize();
        big
    }

    /// `self / other` rounded to `f64` with a relative error below 2⁻⁵¹, where the quotient is a normal number.
    ///
    /// `other` must not be zero.
    pub(crate) fn quotient(&self, other: &Self) -> f64 {
        if self.mag.is_empty() {
            return 0.0;
        }
        let (a, a_exp) = self.leading();
        let (b, b_exp) = other.leading();
        let quotient = a / b;
        let shift = a_exp - b_exp;
        // In two steps, so that a power outside the range of `f64` does not spoil a quotient inside it.
        let half = shift / 2;
        quotient * power_of_two(half) * power_of_two(shift - half)
    }

    /// The leading bits as a number of moderate size, and the power of two that was taken out.
    fn leading(&self) -> (f64, i32) {
        let Some(&top) = self.mag.last() else { return (0.0, 0) };
        let below = |n: usize| self.mag.len().checked_sub(n).map_or(0, |i| self.mag[i]);
        let zeros = top.leading_zeros();
        let wide = (u128::from(top) << 64) | u128::from(below(2));
        let mut lead = ((wide << zeros) >> 64) as u64;
        // A sticky bit keeps the rounding of what was cut off on the right side.
        if ((wide << zeros) as u64) != 0 || self.mag.len() > 2 {
            lead |= 1;
        }
        let exponent = 64 * (self.exp + self.mag.len() as i32 - 1) - zeros as i32;
        let value = lead as f64;
        (if self.is_negative { -value } else { value }, exponent)
    }

    fn add_signed(&self, other: &Self, other_is_negative: bool) -> Self {
        if other.mag.is_empty() {
            return self.clone();
        }
        if self.mag.is_empty() {
            return Self { is_negative: other_is_negative, mag: other.mag.clone(), exp: other.exp };
        }
        let exp = self.exp.min(other.exp);
        if self.is_negative == other_is_negative {
            let mut mag = shifted(self, exp);
            add_into(&mut mag, &other.mag, (other.exp - exp) as usize);
            let mut big = Self { is_negative: self.is_negative, mag, exp };
            big.normalize();
            return big;
        }
        let (large, small, is_negative) = match compare_magnitudes(self, other) {
            Ordering::Equal => return Self::default(),
            Ordering::Greater => (self, other, self.is_negative),
            Ordering::Less => (other, self, other_is_negative),
        };
        let mut mag = shifted(large, exp);
        subtract_from(&mut mag, &small.mag, (small.exp - exp) as usize);
        let mut big = Self { is_negative, mag, exp };
        big.normalize();
        big
    }

    fn normalize(&mut self) {
        while self.mag.last() == Some(&0) {
            self.mag.pop();
        }
        let zeros = self.mag.iter().take_while(|&&limb| limb == 0).count();
        if zeros > 0 {
            self.mag.drain(..zeros);
            self.exp += zeros as i32;
        }
        if self.mag.is_empty() {
            *self = Self::default();
        }
    }
}

fn power_of_two(exponent: i32) -> f64 {
    // Built by hand because the last bit of `powi` is the platform's.
    if (-1022..=1023).contains(&exponent) {
        f64::from_bits(((exponent + 1023) as u64) << 52)
    } else if exponent > 0 {
        f64::INFINITY
    } else {
        0.0
    }
}

/// The limbs of `big` over a smaller exponent.
fn shifted(big: &Big, exp: i32) -> Limbs {
    let shift = (big.exp - exp) as usize;
    let mut mag: Limbs = smallvec![0; shift + big.mag.len()];
    mag[shift..].copy_from_slice(&big.mag);
    mag
}

fn add_into(mag: &mut Limbs, other: &[u64], shift: usize) {
    if mag.len() < shift + other.len() {
        mag.resize(shift + other.len(), 0);
    }
    let mut carry = false;
    for (i, place) in mag[shift..].iter_mut().enumerate() {
        if i >= other.len() && !carry {
            return;
        }
        let (sum, first) = place.overflowing_add(other.get(i).copied().unwrap_or(0));
        let (sum, second) = sum.overflowing_add(u64::from(carry));
        *place = sum;
        carry = first || second;
    }
    if carry {
        mag.push(1);
    }
}

/// `mag` must be the larger number.
fn subtract_from(mag: &mut [u64], other: &[u64], shift: usize) {
    let mut borrow = false;
    for (i, place) in mag[shift..].iter_mut().enumerate() {
        if i >= other.len() && !borrow {
            return;
        }
        let (difference, first) = place.overflowing_sub(other.get(i).copied().unwrap_or(0));
        let (difference, second) = difference.overflowing_sub(u64::from(borrow));
        *place = difference;
        borrow = first || second;
    }
}

fn compare_magnitudes(a: &Big, b: &Big) -> Ordering {
    let top = |big: &Big| big.exp + big.mag.len() as i32;
    top(a).cmp(&top(b)).then_with(|| {
        let limb = |big: &Big, place: i32| usize::try_from(place - big.exp).map_or(0, |i| big.mag[i]);
        let lowest = a.exp.min(b.exp);
        (lowest..top(a))
            .rev()
            .map(|place| limb(a, place).cmp(&limb(b, place)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![
            -1e3..1e3,
            -1e-300..1e-300,
            -1e300..1e300,
            (-1000_i32..1000).prop_map(f64::from),
            Just(5e-324),
            Just(0.0)
        ]
    }

    #[test]
    fn small_integers() {
        let big = |n: i64| Big::from_f64(n as f64);
        for a in -20_i64..20 {
            for b in -20_i64..20 {
                assert_eq!(big(a).add(&big(b)), big(a + b));
                assert_eq!(big(a).sub(&big(b)), big(a - b));
                assert_eq!(big(a).mul(&big(b)), big(a * b));
            }
        }
    }

    proptest! {
        #[test]
        fn ring_laws(a in number(), b in number(), c in number()) {
            let [a, b, c] = [a, b, c].map(Big::from_f64);
            prop_assert_eq!(a.add(&b), b.add(&a));
            prop_assert_eq!(a.add(&b).sub(&b), a.clone());
            prop_assert_eq!(a.add(&b).mul(&c), a.mul(&c).add(&b.mul(&c)));
            prop_assert_eq!(a.sub(&a).sign(), 0);
            prop_assert_eq!(a.mul(&b).mul(&c), a.mul(&b.mul(&c)));
        }

        #[test]
        fn signs_of_differences(a in number(), b in number()) {
            let sign = Big::from_f64(a).sub(&Big::from_f64(b)).sign();
            prop_assert_eq!(sign, a.partial_cmp(&b).unwrap() as i32);
        }

        #[test]
        fn quotients(a in -1e9..1e9_f64, b in 1e-9..1e9_f64, c in 1e-3..1e3_f64) {
            let [x, y, z] = [a, b, c].map(Big::from_f64);
            let quotient = x.mul(&z).quotient(&y.mul(&z));
            prop_assert!((quotient - a / b).abs() <= (a / b).abs() * 5e-16, "{} {}", quotient, a / b);
        }
    }
}
