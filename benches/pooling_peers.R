# The peers of `cargo bench --bench pooling`: metafor and clubSandwich on data of the same kind and size. CPU seconds.
#   Rscript benches/pooling_peers.R
suppressMessages({
  library(metafor)
  library(clubSandwich)
})
set.seed(1)
cpu <- function(what, expression) {
  spent <- system.time(value <- expression)
  cat(sprintf("%-45s %9.3f s\n", what, spent[["user.self"]] + spent[["sys.self"]]))
  invisible(value)
}
studies <- function(k) {
  v <- 1 / (17 + sample(0:399, k, replace = TRUE))
  data.frame(y = 0.28 + sqrt(0.02 + v) * rnorm(k), v)
}
d <- studies(300)
cpu("REML, k = 300 (20 fits)", for (i in 1:20) rma(y, v, data = d, test = "adhoc"))
d <- studies(1000)
m <- rma(y, v, data = d, test = "adhoc")
cpu("leave-one-out, k = 1,000: one of the 1,000 fits", rma(y, v, data = d[-1, ], test = "adhoc"))
study <- c(1:295, sample(295, 705, replace = TRUE))
v <- 1 / (12 + sample(0:299, 1000, replace = TRUE))
d <- data.frame(study, id = 1:1000, v, y = 0.28 + 0.15 * rnorm(295)[study] + sqrt(0.01 + v) * rnorm(1000))
m <- cpu("three-level, 295 studies, 1,000 effects, sparse", rma.mv(y, v, random = ~ 1 | study/id, data = d, sparse = TRUE))
cpu("its CR2 with Satterthwaite df", coef_test(m, vcov = "CR2", cluster = d$study))
d <- studies(5000)
cpu("REML, k = 5,000", rma(y, v, data = d, test = "adhoc"))
