// What all passes of a frame share. Rust twin: `gpu_data::FrameUniform`.
// `eye` space has the world's axes and its origin in the eye.

struct Frame {
    clip_from_eye: mat4x4<f32>,
    // Shadow map coordinates (x, y: 0 to 1; z: depth) of a point in eye space.
    shadow_from_eye: mat4x4<f32>,
    // Unit vector of sight in xyz; w is 1 for an orthographic camera, else 0.
    view_direction: vec4<f32>,
    // Pixels across and down, and their reciprocals.
    viewport: vec4<f32>,
    // Cosine and sine of the turn around Z, intensity, highest mip level.
    environment: vec4<f32>,
    // Spherical harmonics of the irradiance divided by pi, bands 0 to 2.
    irradiance: array<vec4<f32>, 9>,
    // Unit vector to the key light; w: how much of the key light a shadow takes away, 0 turns shadows off.
    key_direction: vec4<f32>,
    // Radiance times solid angle of the key light in rgb; w: how far to step off a surface before asking for shadow.
    key_light: vec4<f32>,
    // Exposure, tone mapper (0 neutral, 1 ACES, 2 none), unused, x-ray opacity (0: not in x-ray mode).
    tone: vec4<f32>,
    // Linear RGBA of feature edges.
    edge_color: vec4<f32>,
    // Half width of edges in pixels, radius of points in pixels, how many pixels lines come towards the eye, outline
    // width in pixels (0: nothing is outlined).
    sizes: vec4<f32>,
    // Linear RGBA of the outlines: hovered, selected.
    outline: array<vec4<f32>, 2>,
    // Linear RGB of the background at the top and at the bottom; w: 1, or 0 for a transparent background.
    background: array<vec4<f32>, 2>,
    // Height of the grid in eye space, phase in x and y, spacing.
    grid_plane: vec4<f32>,
    // Linear RGBA of the fine lines.
    grid_color: vec4<f32>,
    // The eye's world x and y, distance from the focus at which the grid starts to fade and at which it is gone.
    grid_fade: vec4<f32>,
    // Height of the ground in eye space, strength of its shadow, size of a key shadow's soft edge, unused.
    ground: vec4<f32>,
    // Contact shadow map coordinates: xy * scale + offset.
    contact_from_eye: vec4<f32>,
    // The point looked at; w: 1 / (distance from the nearest to the farthest part of the scene).
    focus: vec4<f32>,
    // Distance along the line of sight to the nearest part of the scene, number of section planes, pixels per point of
    // the screen, how near to a section plane counts as on it.
    depth_range: vec4<f32>,
    // Section planes: dot(xyz, point in eye space) + w is above 0 for what is gone.
    sections: array<vec4<f32>, 6>,
}

@group(0) @binding(0) var<uniform> frame: Frame;

// Unit vector from a point towards the eye.
fn direction_to_eye(pos_in_eye: vec3<f32>) -> vec3<f32> {
    return select(-normalize(pos_in_eye), -frame.view_direction.xyz, frame.view_direction.w > 0.5);
}

// World size of a pixel at a point.
fn pixel_size_at(clip: vec4<f32>) -> f32 {
    // Row 1 of the projection has the length 1 / tan(fov / 2), or 2 / height.
    let row = vec3<f32>(frame.clip_from_eye[0].y, frame.clip_from_eye[1].y, frame.clip_from_eye[2].y);
    return 2.0 * clip.w * frame.viewport.w / length(row);
}
