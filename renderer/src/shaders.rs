//! The WGSL sources, put together from their parts; every pass names one.

macro_rules! wgsl {
    ($($file:literal),+) => { concat!($(include_str!(concat!("shaders/", $file))),+) };
}

pub(crate) const MESH: &str =
    wgsl!("frame.wgsl", "sections.wgsl", "tone.wgsl", "light.wgsl", "transparency.wgsl", "mesh.wgsl");
pub(crate) const SEGMENTS: &str =
    wgsl!("frame.wgsl", "sections.wgsl", "transparency.wgsl", "lines.wgsl", "texels.wgsl", "segments.wgsl");
pub(crate) const POINTS: &str =
    wgsl!("frame.wgsl", "sections.wgsl", "transparency.wgsl", "texels.wgsl", "points.wgsl");
pub(crate) const CAPS: &str = wgsl!("frame.wgsl", "lines.wgsl", "caps.wgsl");
pub(crate) const GRID: &str = wgsl!("frame.wgsl", "grid.wgsl");
pub(crate) const GROUND: &str = wgsl!("frame.wgsl", "light.wgsl", "ground.wgsl");
pub(crate) const SHADOW: &str = wgsl!("shadow.wgsl");
pub(crate) const BLUR: &str = wgsl!("fullscreen.wgsl", "blur.wgsl");
pub(crate) const BLIT: &str = wgsl!("fullscreen.wgsl", "blit.wgsl");
pub(crate) const MIP: &str = wgsl!("fullscreen.wgsl", "mip.wgsl");
pub(crate) const FINISH: &str = wgsl!("frame.wgsl", "fullscreen.wgsl", "finish.wgsl");
pub(crate) const ENVIRONMENT: &str = wgsl!("fullscreen.wgsl", "environment.wgsl");

#[cfg(test)]
mod tests {
    use naga::valid::{Capabilities, ValidationFlags, Validator};

    const ALL: [(&str, &str); 12] = [
        ("blit", super::BLIT),
        ("mesh", super::MESH),
        ("segments", super::SEGMENTS),
        ("points", super::POINTS),
        ("caps", super::CAPS),
        ("grid", super::GRID),
        ("ground", super::GROUND),
        ("shadow", super::SHADOW),
        ("blur", super::BLUR),
        ("mip", super::MIP),
        ("finish", super::FINISH),
        ("environment", super::ENVIRONMENT),
    ];

    fn parsed(name: &str, source: &str) -> (naga::Module, naga::valid::ModuleInfo) {
        let module = naga::front::wgsl::parse_str(source)
            .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(source)));
        let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
            .validate(&module)
            .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(source)));
        (module, info)
    }

    #[test]
    fn all_are_valid_with_no_capability_beyond_webgpu() {
        for (name, source) in ALL {
            parsed(name, source);
        }
    }

    /// Writes every entry point the way wgpu's GL backend does for a WebGL 2 context.
    #[test]
    fn all_can_be_written_for_webgl2() {
        use naga::back::glsl;
        let options = glsl::Options {
            version: glsl::Version::Embedded { version: 300, is_webgl: true },
            writer_flags: glsl::WriterFlags::ADJUST_COORDINATE_SPACE,
            ..Default::default()
        };
        for (name, source) in ALL {
            let (module, info) = parsed(name, source);
            for entry in &module.entry_points {
                let pipeline = glsl::PipelineOptions {
                    shader_stage: entry.stage,
                    entry_point: entry.name.clone(),
                    multiview: None,
                };
                let mut written = String::new();
                let policies = naga::proc::BoundsCheckPolicies::default();
                let constants = naga::back::PipelineConstants::default();
                let key = Some((entry.stage, entry.name.as_str()));
                let (module, info) =
                    naga::back::pipeline_constants::process_overrides(&module, &info, key, &constants)
                        .unwrap_or_else(|error| panic!("{name}, {}: {error}", entry.name));
                let result = glsl::Writer::new(&mut written, &module, &info, &options, &pipeline, policies)
                    .and_then(|mut writer| writer.write());
                if let Err(error) = result {
                    panic!("{name}, {}: {error}", entry.name);
                }
                assert!(written.starts_with("#version 300 es"), "{name}, {}: {written}", entry.name);
            }
        }
    }

    /// WebGL 2 promises 16 KiB per uniform block, 16 textures per stage and 15 varyings.
    #[test]
    fn all_stay_within_what_webgl2_promises() {
        for (name, source) in ALL {
            let (module, _) = parsed(name, source);
            let mut layouter = naga::proc::Layouter::default();
            layouter.update(module.to_ctx()).unwrap();
            let mut num_textures = 0;
            for (_, variable) in module.global_variables.iter() {
                assert!(
                    !matches!(variable.space, naga::AddressSpace::Storage { .. }),
                    "{name}: a storage buffer"
                );
                if variable.space == naga::AddressSpace::Uniform {
                    assert!(layouter[variable.ty].size <= 16 << 10, "{name}: uniform block too large");
                }
                if matches!(module.types[variable.ty].inner, naga::TypeInner::Image { .. }) {
                    num_textures += 1;
                }
            }
            assert!(num_textures <= 16, "{name}: {num_textures} textures");
        }
    }
}
