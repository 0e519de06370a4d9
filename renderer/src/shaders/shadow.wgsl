// Depth of the scene as the key light sees it, and its nearness to the ground as the ground sees it.

// Rust twin: `gpu_data::CasterUniform`.
struct Caster {
    // From the scene's centre with the world's axes.
    clip_from_scene: mat4x4<f32>,
    // Height of the ground, 1 / height above it that still darkens it.
    ground: vec4<f32>,
}

@group(0) @binding(0) var<uniform> caster: Caster;

struct CasterVertex {
    @location(0) position: vec3<f32>,
    @location(6) scene_from_local_0: vec4<f32>,
    @location(7) scene_from_local_1: vec4<f32>,
    @location(8) scene_from_local_2: vec4<f32>,
}

struct CasterVarying {
    @builtin(position) clip: vec4<f32>,
    @location(0) height: f32,
}

@vertex
fn vertex(in: CasterVertex) -> CasterVarying {
    let local = vec4<f32>(in.position, 1.0);
    let pos_in_scene = vec3<f32>(
        dot(in.scene_from_local_0, local),
        dot(in.scene_from_local_1, local),
        dot(in.scene_from_local_2, local),
    );
    return CasterVarying(caster.clip_from_scene * vec4<f32>(pos_in_scene, 1.0), pos_in_scene.z);
}

@fragment
fn contact(in: CasterVarying) -> @location(0) vec4<f32> {
    let near = saturate(1.0 - (in.height - caster.ground.x) * caster.ground.y);
    return vec4<f32>(near * near, 0.0, 0.0, 1.0);
}
