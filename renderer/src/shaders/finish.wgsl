// The last pass: transparency, background and outlines come together and become bytes. Needs frame, fullscreen.

@group(1) @binding(0) var color_map: texture_2d<f32>;
@group(1) @binding(1) var layers_map: texture_2d<f32>;
@group(1) @binding(2) var weights_map: texture_2d<f32>;
@group(1) @binding(3) var highlight_map: texture_2d<f32>;
@group(1) @binding(4) var screen_sampler: sampler;

// Not uniforms: software rasterizers run both sides of a branch.
override HAS_LAYERS: bool = true;
override HAS_HIGHLIGHTS: bool = true;
// Whether the target wants sRGB encoded values.
override ENCODES: bool = true;

fn encoded(linear: vec3<f32>) -> vec3<f32> {
    let low = linear * 12.92;
    let high = 1.055 * pow(max(linear, vec3<f32>(0.0031308)), vec3<f32>(1.0 / 2.4)) - 0.055;
    return select(high, low, linear <= vec3<f32>(0.0031308));
}

fn decoded(display: vec3<f32>) -> vec3<f32> {
    let high = pow((max(display, vec3<f32>(0.04045)) + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, display / 12.92, display <= vec3<f32>(0.04045));
}

fn over(front: vec4<f32>, back: vec4<f32>) -> vec4<f32> {
    return front + back * (1.0 - front.a);
}

// Twelve looks around: near a highlighted part but not on it lies its outline. r hovered, g selected.
fn outline_at(uv: vec2<f32>) -> vec2<f32> {
    let here = textureSampleLevel(highlight_map, screen_sampler, uv, 0.0).rg;
    let radius = frame.sizes.w * frame.viewport.zw;
    var most = vec2<f32>(0.0);
    for (var i = 0; i < 12; i++) {
        let angle = f32(i) * 0.52359878;
        let place = uv + vec2<f32>(cos(angle), sin(angle)) * radius;
        most = max(most, textureSampleLevel(highlight_map, screen_sampler, place, 0.0).rg);
    }
    return saturate(most - here);
}

// Triangular noise of two least significant bits, the same in every frame.
fn dither(place: vec2<f32>) -> f32 {
    let a = fract(52.9829189 * fract(dot(place, vec2<f32>(0.06711056, 0.00583715))));
    let b = fract(52.9829189 * fract(dot(place + 47.0, vec2<f32>(0.00583715, 0.06711056))));
    return (a + b - 1.0) / 255.0;
}

@fragment
fn fragment(in: Screen) -> @location(0) vec4<f32> {
    var color = textureSampleLevel(color_map, screen_sampler, in.uv, 0.0);

    if HAS_LAYERS {
        let layers = textureSampleLevel(layers_map, screen_sampler, in.uv, 0.0);
        let weight = textureSampleLevel(weights_map, screen_sampler, in.uv, 0.0).r;
        let opacity = 1.0 - layers.a;
        let mean = layers.rgb / max(weight, 1e-5);
        color = over(vec4<f32>(mean * opacity, opacity), color);
    }
    if frame.background[0].w > 0.5 && color.a < 1.0 {
        // The gradient is even in what the screen shows, not in light.
        let gradient = mix(frame.background[0].rgb, frame.background[1].rgb, in.uv.y);
        if color.a <= 0.0 && !HAS_HIGHLIGHTS && ENCODES {
            // Most of many pictures: nothing to decode and encode again.
            return vec4<f32>(saturate(gradient + dither(in.clip.xy)), 1.0);
        }
        color = over(color, vec4<f32>(decoded(gradient), 1.0));
    }
    if HAS_HIGHLIGHTS {
        let outline = outline_at(in.uv);
        let hovered = outline.x * frame.outline[0].a;
        let selected = outline.y * frame.outline[1].a;
        color = over(vec4<f32>(frame.outline[0].rgb * hovered, hovered), color);
        color = over(vec4<f32>(frame.outline[1].rgb * selected, selected), color);
    }

    let alpha = saturate(color.a);
    let straight = saturate(color.rgb / max(alpha, 1e-5));
    let shown = saturate(encoded(straight) + dither(in.clip.xy)) * alpha;
    if ENCODES {
        return vec4<f32>(shown, alpha);
    }
    return vec4<f32>(decoded(shown), alpha);
}
