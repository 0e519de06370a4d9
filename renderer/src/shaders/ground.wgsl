// The shadow under the parts: a soft contact shadow and the key light's. Needs frame, light.

struct GroundVarying {
    @builtin(position) clip: vec4<f32>,
    @location(0) pos_in_eye: vec3<f32>,
    @location(1) uv: vec2<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) idx: u32) -> GroundVarying {
    let uv = vec2<f32>(
        select(0.0, 1.0, idx == 1u || idx == 2u || idx == 4u),
        select(0.0, 1.0, idx == 0u || idx == 1u || idx == 3u),
    );
    var out: GroundVarying;
    out.uv = uv;
    out.pos_in_eye = vec3<f32>((uv - frame.contact_from_eye.zw) / frame.contact_from_eye.xy, frame.ground.x);
    out.clip = frame.clip_from_eye * vec4<f32>(out.pos_in_eye, 1.0);
    return out;
}

@fragment
fn opaque(in: GroundVarying) -> @location(0) vec4<f32> {
    let contact = textureSampleLevel(contact_map, linear_sampler, in.uv, 0.0).r;
    var key = 0.0;
    if frame.key_direction.w > 0.0 {
        key = 1.0 - key_visibility(in.pos_in_eye, 2.0 * frame.ground.z);
    }
    let rim = smoothstep(vec2<f32>(0.0), vec2<f32>(0.08), min(in.uv, 1.0 - in.uv));
    let up = smoothstep(0.0, 0.1, direction_to_eye(in.pos_in_eye).z);
    let alpha = frame.ground.y * rim.x * rim.y * up * (1.0 - (1.0 - 0.85 * contact) * (1.0 - 0.42 * key));
    return vec4<f32>(0.0, 0.0, 0.0, alpha);
}
