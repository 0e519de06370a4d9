//! The studio's maps, made ahead of time: making them when the app starts costs shaders and draws that nobody needs who
//! lights with the studio, as nearly everybody does.
//!
//! `studio.bin` is written by the test below with `KERF_BAKE=1`, which otherwise compares it with what [`Prefilter`]
//! makes. It holds half floats: one (grey) per texel of each level of the cube, face by face, then two per entry of the
//! split sum's table, and nine floats of irradiance. The halves are differences to the one before, all low bytes before
//! all high bytes, since that compresses to a third.
//!
//! [`Prefilter`]: super::prefilter::Prefilter

use super::prefilter::{BRDF_SIZE, EnvironmentMaps, FACE, LEVELS, cube_view};
use crate::gpu;

const STUDIO: &[u8] = include_bytes!("studio.bin");

/// Numbers of the file, unpacked.
struct Baked {
    cube: Vec<u16>,
    brdf: Vec<u16>,
    irradiance: [f32; 9],
}

const NUM_CUBE: usize = {
    let mut sum = 0;
    let mut level = 0;
    while level < LEVELS {
        sum += 6 * ((FACE >> level) * (FACE >> level)) as usize;
        level += 1;
    }
    sum
};
const NUM_BRDF: usize = (BRDF_SIZE * BRDF_SIZE * 2) as usize;

impl Baked {
    fn unpack(bytes: &[u8]) -> Self {
        let num_halves = NUM_CUBE + NUM_BRDF;
        let (low, rest) = bytes.split_at(num_halves);
        let (high, floats) = rest.split_at(num_halves);
        let mut last = 0_u16;
        let mut halves: Vec<u16> = low
            .iter()
            .zip(high)
            .map(|(&low, &high)| {
                last = last.wrapping_add(u16::from_le_bytes([low, high]));
                last
            })
            .collect();
        let brdf = halves.split_off(NUM_CUBE);
        let (floats, _) = floats.as_chunks::<4>();
        Self { cube: halves, brdf, irradiance: std::array::from_fn(|idx| f32::from_le_bytes(floats[idx])) }
    }
}

/// The maps of the studio, and the split sum's table.
pub(super) fn studio(device: &wgpu::Device, queue: &wgpu::Queue) -> (EnvironmentMaps, wgpu::TextureView) {
    let baked = Baked::unpack(STUDIO);
    let one = half::f16::ONE.to_bits();
    let cube = texture(device, "baked::cube", [FACE, FACE, 6], LEVELS);
    let mut greys = baked.cube.iter();
    for level in 0..LEVELS {
        let side = FACE >> level;
        let num_texels = (side * side * 6) as usize;
        let texels: Vec<[u16; 4]> =
            greys.by_ref().take(num_texels).map(|&grey| [grey, grey, grey, one]).collect();
        write(queue, &cube, level, [side, side, 6], &texels);
    }
    let table = texture(device, "baked::brdf", [BRDF_SIZE, BRDF_SIZE, 1], 1);
    let texels: Vec<[u16; 4]> = baked.brdf.as_chunks::<2>().0.iter().map(|&[a, b]| [a, b, 0, one]).collect();
    write(queue, &table, 0, [BRDF_SIZE, BRDF_SIZE, 1], &texels);
    let irradiance = baked.irradiance.map(|grey| [grey, grey, grey, 0.0]);
    (EnvironmentMaps { reflections: cube_view(&cube, 0, LEVELS), irradiance }, gpu::whole(&table))
}

fn texture(
    device: &wgpu::Device,
    label: &str,
    [width, height, layers]: [u32; 3],
    mips: u32,
) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: layers },
        mip_level_count: mips,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: gpu::COLOR_FORMAT,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

fn write(
    queue: &wgpu::Queue,
    texture: &wgpu::Texture,
    mip_level: u32,
    [width, height, layers]: [u32; 3],
    texels: &[[u16; 4]],
) {
    let info = wgpu::TexelCopyTextureInfo { mip_level, ..texture.as_image_copy() };
    let layout = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(width * 8),
        rows_per_image: Some(height),
    };
    let size = wgpu::Extent3d { width, height, depth_or_array_layers: layers };
    queue.write_texture(info, bytemuck::cast_slice(texels), layout, size);
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::super::Environment;
    use super::super::prefilter::Prefilter;
    use super::*;
    use crate::headless::Headless;

    impl Baked {
        fn pack(&self) -> Vec<u8> {
            let mut last = 0_u16;
            let halves: Vec<[u8; 2]> = self
                .cube
                .iter()
                .chain(&self.brdf)
                .map(|&half| half.wrapping_sub(std::mem::replace(&mut last, half)).to_le_bytes())
                .collect();
            let floats = self.irradiance.iter().flat_map(|value| value.to_le_bytes());
            halves.iter().map(|it| it[0]).chain(halves.iter().map(|it| it[1])).chain(floats).collect()
        }

        /// What the prefilter makes now.
        fn made(headless: &Headless) -> Self {
            let (device, queue) = headless.device();
            let prefilter = Prefilter::new(device);
            let maps = prefilter.maps(queue, &Environment::Studio);
            let mut cube = Vec::new();
            for level in 0..LEVELS {
                let side = FACE >> level;
                cube.extend(
                    read(headless, maps.reflections.texture(), level, [side, side, 6])
                        .iter()
                        .map(|texel| texel[0]),
                );
            }
            let table = prefilter.brdf(queue);
            let table = read(headless, table.texture(), 0, [BRDF_SIZE, BRDF_SIZE, 1]);
            let brdf = table.iter().flat_map(|texel| [texel[0], texel[1]]).collect();
            Self { cube, brdf, irradiance: maps.irradiance.map(|[grey, ..]| grey) }
        }
    }

    fn read(headless: &Headless, texture: &wgpu::Texture, mip_level: u32, size: [u32; 3]) -> Vec<[u16; 4]> {
        let [width, height, layers] = size;
        let (device, queue) = headless.device();
        let row_bytes = (width * 8).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: u64::from(row_bytes * height * layers),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_texture_to_buffer(
            wgpu::TexelCopyTextureInfo { mip_level, ..texture.as_image_copy() },
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(row_bytes),
                    rows_per_image: Some(height),
                },
            },
            wgpu::Extent3d { width, height, depth_or_array_layers: layers },
        );
        queue.submit([encoder.finish()]);
        buffer.slice(..).map_async(wgpu::MapMode::Read, |_| {});
        device.poll(wgpu::PollType::Wait { submission_index: None, timeout: None }).unwrap();
        let mapped = buffer.slice(..).get_mapped_range().unwrap();
        mapped
            .chunks_exact(row_bytes as usize)
            .flat_map(|row| row[..width as usize * 8].as_chunks::<8>().0.to_vec())
            .map(|texel| std::array::from_fn(|idx| u16::from_le_bytes([texel[2 * idx], texel[2 * idx + 1]])))
            .collect()
    }

    #[test]
    fn the_baked_studio_is_what_the_prefilter_makes() {
        let headless = Headless::new().expect("a device, be it a software one");
        let made = Baked::made(&headless);
        if std::env::var_os("KERF_BAKE").is_some() {
            std::fs::write("src/environment/studio.bin", made.pack()).unwrap();
            return;
        }
        let baked = Baked::unpack(STUDIO);
        let values = |it: &Baked| -> Vec<f32> {
            let halves = it.cube.iter().chain(&it.brdf).map(|&bits| f16::from_bits(bits).to_f32());
            halves.chain(it.irradiance).collect()
        };
        let (made, baked) = (values(&made), values(&baked));
        assert_eq!(made.len(), baked.len());
        // Devices round the edges of the soft boxes differently.
        let off =
            made.iter().zip(&baked).filter(|(made, baked)| (*made - *baked).abs() > 0.02 + 0.02 * made.abs());
        assert!(off.clone().count() * 200 < made.len(), "{} of {} numbers differ", off.count(), made.len());
    }

    #[test]
    fn packing_loses_nothing() {
        assert_eq!(Baked::unpack(STUDIO).pack(), STUDIO);
    }
}
