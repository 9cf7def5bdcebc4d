/// Price in yen after the discount for a book's condition, from 1 (poor) to 5 (new).
pub fn price(list: u32, condition: u32) -> u32 {
    list * condition.clamp(1, 5) / 5
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_new_book_costs_its_list_price() {
        assert_eq!(super::price(1000, 5), 1000);
    }
}
