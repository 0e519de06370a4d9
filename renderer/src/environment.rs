//! The light that comes from all around: an image of all directions, made ready on the GPU for reflections of every
//! roughness and on the CPU for diffuse light.

use crate::gpu;

mod baked;
mod irradiance;
mod prefilter;
mod studio;

pub(crate) use prefilter::EnvironmentMaps;
use prefilter::Prefilter;

/// Where the light of the environment comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Environment {
    /// Kerf's own photo studio: soft boxes above and beside, a bright floor; neutral.
    #[default]
    Studio,
    /// An image of all directions, for example from an HDR file.
    Equirect {
        /// Pixels across. The left edge looks along -X, a quarter further along +Y, the middle along +X: as one turns
        /// to the right.
        width: u32,
        /// Pixels down; the top looks along +Z.
        height: u32,
        /// `width * height * 3` linear values, rows from the top.
        rgb: Vec<f32>,
    },
}

/// The environment as shaders read it: dark until the first surface is to be drawn, or until it was made ready ahead of
/// time.
pub(crate) struct EnvironmentLight {
    environment: Environment,
    /// Made for the first environment that is not baked.
    prefilter: Option<Prefilter>,
    device: wgpu::Device,
    maps: EnvironmentMaps,
    brdf: wgpu::TextureView,
    is_ready: bool,
}

impl EnvironmentLight {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        Self {
            environment: Environment::default(),
            prefilter: None,
            device: device.clone(),
            maps: EnvironmentMaps::dark(device),
            brdf: gpu::whole(&prefilter::brdf_table(device)),
            is_ready: false,
        }
    }

    /// Changes the environment; the old one stays until [`Self::make_ready`].
    pub(crate) fn set(&mut self, environment: Environment) {
        if self.environment != environment {
            self.environment = environment;
            self.is_ready = false;
        }
    }

    /// Reflections, and the table of the split sum's second half.
    pub(crate) fn views(&self) -> [&wgpu::TextureView; 2] {
        [&self.maps.reflections, &self.brdf]
    }

    /// Diffuse light as spherical harmonics.
    pub(crate) fn irradiance(&self) -> [[f32; 4]; 9] {
        self.maps.irradiance
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// Makes what is missing.
    pub(crate) fn make_ready(&mut self, queue: &wgpu::Queue) {
        if self.is_ready {
            return;
        }
        let device = &self.device;
        (self.maps, self.brdf) = match &self.environment {
            Environment::Studio => baked::studio(device, queue),
            environment @ Environment::Equirect { .. } => {
                let prefilter = self.prefilter.get_or_insert_with(|| Prefilter::new(device));
                (prefilter.maps(queue, environment), prefilter.brdf(queue))
            }
        };
        self.is_ready = true;
    }
}

/// An image of all directions, laid out as [`Environment::Equirect`].
#[derive(Clone, Debug)]
pub(crate) struct Equirect {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) rgb: Vec<[f32; 3]>,
}

/// Larger images hold nothing that the cube of 128 x 128 texels per face could show.
const MAX_WIDTH: usize = 1024;

impl Equirect {
    /// The image of an environment, small enough and without bad numbers. An image whose size does not fit its data
    /// becomes the studio.
    pub(crate) fn of(environment: &Environment) -> Self {
        match environment {
            Environment::Equirect { width, height, rgb } if fits(*width, *height, rgb.len()) => {
                let pixels = rgb.as_chunks::<3>().0.iter().map(|pixel| pixel.map(sane)).collect();
                let mut image = Self { width: *width as usize, height: *height as usize, rgb: pixels };
                while image.width > MAX_WIDTH || image.height > MAX_WIDTH {
                    image = image.halved();
                }
                image
            }
            Environment::Equirect { .. } => {
                log::warn!(
                    "an environment image has no pixels or fewer than it claims; the studio is used instead"
                );
                studio::equirect()
            }
            Environment::Studio => studio::equirect(),
        }
    }

    /// Unit vector towards the middle of a pixel, and the solid angle of the pixel.
    pub(crate) fn direction(&self, x: usize, y: usize) -> ([f32; 3], f32) {
        use std::f64::consts::PI;
        let azimuth = PI - (x as f64 + 0.5) / self.width as f64 * 2.0 * PI;
        let [top, bottom] = [y, y + 1].map(|row| (row as f64 / self.height as f64 * PI).cos());
        let polar = (y as f64 + 0.5) / self.height as f64 * PI;
        let direction = [azimuth.cos() * polar.sin(), azimuth.sin() * polar.sin(), polar.cos()];
        (direction.map(|v| v as f32), ((top - bottom) * 2.0 * PI / self.width as f64) as f32)
    }

    /// Half as large, every pixel the mean of up to four.
    fn halved(&self) -> Self {
        let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
        let at = |x: usize, y: usize| self.rgb[y.min(self.height - 1) * self.width + x.min(self.width - 1)];
        let pixel = |idx: usize| {
            let (x, y) = (2 * (idx % width), 2 * (idx / width));
            let four = [at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)];
            [0, 1, 2].map(|channel| four.iter().map(|rgb| rgb[channel]).sum::<f32>() * 0.25)
        };
        Self { width, height, rgb: (0..width * height).map(pixel).collect() }
    }
}

fn fits(width: u32, height: u32, len: usize) -> bool {
    width > 0 && height > 0 && u64::from(width) * u64::from(height) * 3 == len as u64
}

/// What half floats can hold and sums can bear.
fn sane(value: f32) -> f32 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, 60_000.0) }
}
