// From light to what a screen shows, both linear. Needs frame.wgsl.

// Khronos PBR Neutral (Khronos Group, 2024): colours below the shoulder keep hue and saturation exactly.
fn tone_map_neutral(light: vec3<f32>) -> vec3<f32> {
    let start = 0.8 - 0.04;
    let least = min(light.x, min(light.y, light.z));
    let toe = select(0.04, least - 6.25 * least * least, least < 0.08);
    let color = light - toe;
    let peak = max(color.x, max(color.y, color.z));
    if peak < start {
        return color;
    }
    let room = 1.0 - start;
    let new_peak = 1.0 - room * room / (peak + room - start);
    let whiten = 1.0 - 1.0 / (0.15 * (peak - new_peak) + 1.0);
    return mix(color * (new_peak / peak), vec3<f32>(new_peak), whiten);
}

// Fit to the ACES reference and output transforms by Stephen Hill.
fn tone_map_aces(light: vec3<f32>) -> vec3<f32> {
    let to_aces = mat3x3<f32>(
        0.59719, 0.07600, 0.02840,
        0.35458, 0.90834, 0.13383,
        0.04823, 0.01566, 0.83777,
    );
    let from_aces = mat3x3<f32>(
        1.60475, -0.10208, -0.00327,
        -0.53108, 1.10813, -0.07276,
        -0.07367, -0.00605, 1.07602,
    );
    let v = to_aces * (light / 0.6);
    let fitted = (v * (v + 0.0245786) - 0.000090537) / (v * (0.983729 * v + 0.4329510) + 0.238081);
    return saturate(from_aces * fitted);
}

// Surfaces are tone mapped where they are shaded, so that the multisample resolve averages what the screen will show:
// edges between bright and dark stay smooth.
fn shown_from_light(light: vec3<f32>) -> vec3<f32> {
    let exposed = max(light, vec3<f32>(0.0)) * frame.tone.x;
    if frame.tone.y < 0.5 {
        return tone_map_neutral(exposed);
    }
    if frame.tone.y < 1.5 {
        return tone_map_aces(exposed);
    }
    return min(exposed, vec3<f32>(1.0));
}
