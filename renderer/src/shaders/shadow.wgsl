// Depth of the scene as the key light sees it, and its nearness to the ground as the ground sees it.

// Rust twin: `gpu_data::CasterUniform`.
struct Caster {
    // From the scene's centre with the world's axes.
    clip_from_scene: mat4x4<f32>,
    // Height of the ground, 1 / height above it that still darkens it, number of section planes.
    ground: vec4<f32>,
    // Section planes: dot(xyz, point from the scene's centre) + w is above 0 for what is gone.
    sections: array<vec4<f32>, 6>,
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
    @location(0) pos_in_scene: vec3<f32>,
}

@vertex
fn vertex(in: CasterVertex) -> CasterVarying {
    let local = vec4<f32>(in.position, 1.0);
    let pos_in_scene = vec3<f32>(
        dot(in.scene_from_local_0, local),
        dot(in.scene_from_local_1, local),
        dot(in.scene_from_local_2, local),
    );
    return CasterVarying(caster.clip_from_scene * vec4<f32>(pos_in_scene, 1.0), pos_in_scene);
}

fn is_cut_away(pos_in_scene: vec3<f32>) -> bool {
    var most = -1.0;
    for (var i = 0; i < i32(caster.ground.z); i++) {
        let plane = caster.sections[i];
        most = max(most, dot(plane.xyz, pos_in_scene) + plane.w);
    }
    return most > 0.0;
}

// Leaves the depth of the vertices where something is left. What is whole needs no fragments.
@fragment
fn cut_depth(in: CasterVarying) {
    if is_cut_away(in.pos_in_scene) {
        discard;
    }
}

@fragment
fn contact(in: CasterVarying) -> @location(0) vec4<f32> {
    if is_cut_away(in.pos_in_scene) {
        discard;
    }
    let near = saturate(1.0 - (in.pos_in_scene.z - caster.ground.x) * caster.ground.y);
    return vec4<f32>(near * near, 0.0, 0.0, 1.0);
}
