// What section planes cut away. Needs frame.

// Whether there are any. Not a uniform: software rasterizers run both sides of a branch.
override HAS_SECTIONS: bool = false;

// On a plane counts as cut away, as for the outlines of the caps.
fn is_cut_away(pos_in_eye: vec3<f32>) -> bool {
    var most = -1.0;
    for (var i = 0; i < i32(frame.depth_range.y); i++) {
        let plane = frame.sections[i];
        most = max(most, dot(plane.xyz, pos_in_eye) + plane.w);
    }
    return HAS_SECTIONS && most > -frame.depth_range.w;
}
