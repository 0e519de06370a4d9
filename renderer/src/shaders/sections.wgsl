// What section planes cut away. Needs frame.

// Whether there are any. Not a uniform: software rasterizers run both sides of a branch.
override HAS_SECTIONS: bool = false;

fn is_cut_away(pos_in_eye: vec3<f32>) -> bool {
    var most = -1.0;
    for (var i = 0; i < i32(frame.depth_range.y); i++) {
        let plane = frame.sections[i];
        most = max(most, dot(plane.xyz, pos_in_eye) + plane.w);
    }
    return HAS_SECTIONS && most > 0.0;
}

// Where a ray that starts at `start` comes in among what is left; negative when it starts there.
fn entry_of(start: vec3<f32>, direction: vec3<f32>) -> f32 {
    var entry = -1.0;
    for (var i = 0; i < i32(frame.depth_range.y); i++) {
        let plane = frame.sections[i];
        let height = dot(plane.xyz, start) + plane.w;
        let slope = dot(plane.xyz, direction);
        if height > 0.0 && slope < 0.0 {
            entry = max(entry, -height / slope);
        }
    }
    return entry;
}
