use crate::findings::Findings;
pub const REGULAR: &[u8] = include_bytes!("../../../data/fonts/Inter-Regular.otf");
pub const SEMIBOLD: &[u8] = include_bytes!("../../../data/fonts/Inter-SemiBold.otf");
pub struct Figure {
    pub id: &'static str,
    pub alt: String,
}
pub struct DataTable {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}
impl Figure {
    pub fn svg(&self) -> String {
        String::new()
    }
    pub fn png(&self) -> Vec<u8> {
        vec![]
    }
    pub fn data_table(&self) -> DataTable {
        DataTable {
            columns: vec![],
            rows: vec![],
        }
    }
}
pub fn figures(_: &Findings) -> Vec<Figure> {
    vec![]
}
